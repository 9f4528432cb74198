// Runs before anything is painted, so that nobody sees the wrong theme flash up.
// It stands alone in the head: no import, no build step. `settings/state.ts` keeps what it reads.
(() => {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem("tertulia.settings") ?? "{}") ?? {};
  } catch {
    // Without a place to keep settings there are none.
  }
  const { theme, size } = /** @type {{ theme?: unknown; size?: unknown }} */ (kept);
  const root = document.documentElement;
  root.dataset.theme = theme === "light" || theme === "dark" ? theme : "system";
  root.dataset.size = typeof size === "string" ? size : "medium";
})();
