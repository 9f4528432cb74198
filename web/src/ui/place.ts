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

/** Below the anchor or, where it fits better, above it, and never larger than the room there is. */
export function place(anchor: Box, size: Size, window: Size, align: "start" | "end" = "start") {
  const below = window.height - margin - (anchor.bottom + gap);
  const above = anchor.top - gap - margin;
  const under = size.height <= below || below >= above;
  const height = Math.min(size.height, Math.max(0, under ? below : above));
  const left = align === "end" ? anchor.right - size.width : anchor.left;
  const furthest = window.width - margin - size.width;
  return {
    top: under ? anchor.bottom + gap : anchor.top - gap - height,
    left: Math.max(margin, Math.min(left, furthest)),
    height,
  };
}

export function put(element: HTMLElement, anchor: Box, align: "start" | "end" = "start"): void {
  const root = document.documentElement;
  const window = { width: root.clientWidth, height: root.clientHeight };
  element.style.maxHeight = "";
  const size = { width: element.offsetWidth, height: element.offsetHeight };
  const { top, left, height } = place(anchor, size, window, align);
  element.style.top = `${top}px`;
  element.style.left = `${left}px`;
  if (height < size.height) element.style.maxHeight = `${height}px`;
}
