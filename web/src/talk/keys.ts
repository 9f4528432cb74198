// Keys in the boxes where one writes.

type Pressed = Pick<
  KeyboardEvent,
  "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey" | "isComposing" | "keyCode"
>;

/** While an input method composes, Enter ends that and sends nothing; 229 is what Safari says. */
export function composes(event: Pressed): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Whether this key sends what was written. */
export function sends(event: Pressed, enter: boolean): boolean {
  if (event.key !== "Enter" || composes(event) || event.altKey) return false;
  if (event.ctrlKey || event.metaKey) return true;
  return enter && !event.shiftKey;
}
