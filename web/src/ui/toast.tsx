// Short sentences below the head of the page about something that was done or could not be.

import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../texts";
import { Button, IconButton } from "./button";
import { Icon } from "./icon";

export interface Told {
  text: string;
  bad?: boolean;
  /** One thing that can be done about it, such as taking it back. */
  action?: { label: string; run: () => void };
}

const toasts = signal<readonly (Told & { id: number })[]>([]);
const atMost = 2;
let last = 0;

/** Says it, and takes it away again after a while; something bad or to be acted on stays longer. */
export function toast(text: string, more: Omit<Told, "text"> = {}): void {
  const id = ++last;
  toasts.value = [...toasts.value, { id, text, ...more }].slice(-atMost);
  const stays = more.bad || more.action ? 10_000 : 5_000;
  setTimeout(() => dismiss(id), Math.max(stays, text.length * 60));
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

/** Where toasts are shown: once in the page. */
export function Toasts() {
  const box = useRef<HTMLDivElement>(null);
  const shown = toasts.value;
  useLayoutEffect(() => {
    // Shown anew, it lies above a dialog that was opened since.
    box.current?.hidePopover();
    if (shown.length) box.current?.showPopover();
  }, [shown]);
  return (
    <div ref={box} class="toasts" popover="manual" role="status" aria-live="polite">
      {shown.map((one) => (
        <div class="toast" key={one.id}>
          {one.bad && <Icon name="warning" />}
          <span>{one.text}</span>
          {one.action && (
            <Button
              look="quiet"
              small
              onClick={() => {
                dismiss(one.id);
                one.action?.run();
              }}
            >
              {one.action.label}
            </Button>
          )}
          <IconButton icon="close" small label={t("ui.dismiss")} onClick={() => dismiss(one.id)} />
        </div>
      ))}
    </div>
  );
}
