// Where something that pops up goes: beside what it belongs to, and wholly within the window.

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Size {
  width: number;
  height: number;
}

const gap = 4;
const margin = 8;

/** Below the anchor or, where that has less room, above it; `end` lines up the right edges. */
export function place(anchor: Box, size: Size, window: Size, align: "start" | "end" = "start") {
  const below = anchor.bottom + gap;
  const above = anchor.top - gap - size.height;
  const fits = below + size.height <= window.height - margin;
  const top = fits || above < margin ? Math.min(below, window.height - margin - size.height) : above;
  const left = align === "end" ? anchor.right - size.width : anchor.left;
  const furthest = window.width - margin - size.width;
  return { top: Math.max(margin, top), left: Math.max(margin, Math.min(left, furthest)) };
}

export function put(element: HTMLElement, anchor: Box, align: "start" | "end" = "start"): void {
  const root = document.documentElement;
  const window = { width: root.clientWidth, height: root.clientHeight };
  const size = { width: element.offsetWidth, height: element.offsetHeight };
  const { top, left } = place(anchor, size, window, align);
  element.style.top = `${top}px`;
  element.style.left = `${left}px`;
}
