(() => {
let kept = {};
try {
kept = JSON.parse(localStorage.getItem("tertulia.settings") ?? "{}") ?? {};
} catch {
}
const { theme, size } = /** @type {{ theme?: unknown; size?: unknown }} */ (kept);
const root = document.documentElement;
root.dataset.theme = theme === "light" || theme === "dark" ? theme : "system";
root.dataset.size = typeof size === "string" ? size : "medium";
})();
