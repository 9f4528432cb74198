// A menu that opens at its button: arrows, Home, End and letters move in it, Escape closes it.

import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icon";
import { isLetter, step, typed } from "./keys";
import { put } from "./place";

export interface Entry {
  label: string;
  icon?: IconName;
  /** Keys that do the same. */
  keys?: string;
  danger?: boolean;
  disabled?: boolean;
  /** One of several of which one holds. */
  checked?: boolean;
  /** A link in place of something to do. */
  href?: string;
  download?: string;
  onPick?: () => void;
}

export interface MenuProps {
  /** The accessible name of the menu. */
  label: string;
  entries: readonly (Entry | "line")[];
  align?: "start" | "end";
  /** The button: it gets what opens the menu. */
  children: (opener: Opener) => ComponentChildren;
}

export interface Opener {
  popovertarget: string;
  "aria-haspopup": "menu";
  "aria-controls": string;
}

const patience = 700;

export function Menu({ label, entries, align = "start", children }: MenuProps) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const said = useRef({ text: "", at: 0 });

  const opener = () => document.querySelector<HTMLElement>(`[popovertarget="${CSS.escape(id)}"]`);
  const items = () => [...(box.current?.querySelectorAll<HTMLElement>(".menu-item") ?? [])];

  const toggled = (event: Pick<ToggleEvent, "newState">) => {
    const open = event.newState === "open";
    opener()?.setAttribute("aria-expanded", String(open));
    if (!open || !box.current) return;
    said.current = { text: "", at: 0 };
    const anchor = opener()?.getBoundingClientRect();
    if (anchor) put(box.current, anchor, align);
    const all = items();
    (all.find((item) => item.ariaChecked === "true") ?? all[0])?.focus();
  };

  const pressed = (event: KeyboardEvent) => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Tab") return box.current?.hidePopover();
    let next = step(event.key, at, all.length);
    if (next === null && isLetter(event)) {
      const late = event.timeStamp - said.current.at > patience;
      said.current = { text: (late ? "" : said.current.text) + event.key, at: event.timeStamp };
      next = typed(said.current.text, at, all.map((item) => item.dataset.label ?? ""));
    }
    if (next === null) return;
    event.preventDefault();
    all[next]?.focus();
  };

  const pick = (entry: Entry) => {
    if (entry.disabled) return;
    box.current?.hidePopover();
    entry.onPick?.();
  };

  return (
    <>
      {children({ popovertarget: id, "aria-haspopup": "menu", "aria-controls": id })}
      <div ref={box} id={id} class="menu" popover="auto" role="menu" aria-label={label}
        onToggle={toggled} onKeyDown={pressed}>
        {entries.map((entry, index) =>
          entry === "line" ? <hr key={index} /> : <Item key={index} entry={entry} pick={pick} />,
        )}
      </div>
    </>
  );
}

function Item({ entry, pick }: { entry: Entry; pick: (entry: Entry) => void }) {
  const kind = entry.checked === undefined ? "menuitem" : "menuitemradio";
  const shared = {
    role: kind as "menuitem" | "menuitemradio",
    class: `menu-item${entry.danger ? " danger" : ""}`,
    tabIndex: -1,
    "aria-checked": entry.checked,
    "aria-disabled": entry.disabled,
    "data-label": entry.label,
    onClick: () => pick(entry),
  };
  const inside = (
    <>
      {entry.icon && <Icon name={entry.icon} />}
      <span>{entry.label}</span>
      {entry.checked && <Icon name="check" />}
      {entry.keys && <kbd aria-hidden="true">{entry.keys}</kbd>}
    </>
  );
  return entry.href ? (
    <a {...shared} href={entry.href} download={entry.download}>
      {inside}
    </a>
  ) : (
    <button type="button" {...shared}>
      {inside}
    </button>
  );
}
