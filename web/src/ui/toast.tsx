// Short sentences below the head of the page about something that was done or could not be.

import { signal } from "@preact/signals";
import { render } from "preact";
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

let home: HTMLElement | null = null;
let box: HTMLElement | null = null;

/** Shows them above all else: in the dialog on top, as nothing beside that can be pressed. */
export function raiseToasts(): void {
  if (!home || !box) return;
  const over = [...document.querySelectorAll("dialog:modal")].at(-1) ?? home;
  box.hidePopover();
  if (box.parentElement !== over) over.append(box);
  if (toasts.peek().length) box.showPopover();
}

/** Where toasts are shown: once in the page. */
export function Toasts() {
  const place = useRef<HTMLDivElement>(null);
  const shown = toasts.value;
  useLayoutEffect(() => {
    box = document.createElement("div");
    box.className = "toasts";
    box.popover = "manual";
    box.role = "status";
    box.ariaLive = "polite";
    home = place.current;
    home?.append(box);
  }, []);
  useLayoutEffect(() => {
    if (box) render(<Shown all={shown} />, box);
    raiseToasts();
  }, [shown]);
  return <div ref={place} />;
}

function Shown({ all }: { all: typeof toasts.value }) {
  return (
    <>
      {all.map((one) => (
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
    </>
  );
}
