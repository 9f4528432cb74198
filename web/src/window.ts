// The window as far as one sees it: an on-screen keyboard takes away from it.

import { useEffect } from "preact/hooks";

/** Keeps `--seen` at the height that is seen, so that the box where one writes stays in it. */
export function useWindow(): void {
  useEffect(() => {
    const seen = window.visualViewport;
    if (!seen) return undefined;
    const fit = () => {
      // Somebody who has zoomed in wants the page to stay as it is.
      const hidden = seen.scale > 1.01 ? 0 : innerHeight - seen.height;
      const root = document.documentElement.style;
      if (hidden > 60) root.setProperty("--seen", `${Math.round(seen.height)}px`);
      else root.removeProperty("--seen");
      if (hidden > 60) scrollTo(0, 0);
    };
    seen.addEventListener("resize", fit);
    return () => seen.removeEventListener("resize", fit);
  }, []);
}
