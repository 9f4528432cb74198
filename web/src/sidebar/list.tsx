// A list of conversations in groups, which reads on as one scrolls down.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { told } from "../api/errors";
import { grouped, type Listing } from "../state/conversations";
import { t } from "../texts";
import { language } from "../texts";
import type { Conversation } from "../types";
import { Failed, Spinner } from "../ui";
import { Row } from "./row";

const AHEAD = "600px";

interface ListProps {
  listing: Listing;
  /** What is shown where there is none. */
  children: ComponentChildren;
}

function month(at: number): string {
  const form = new Intl.DateTimeFormat(language.value, { month: "long", year: "numeric" });
  return form.format(at);
}

export function List({ listing, children }: ListProps) {
  const all = listing.items.value;
  const keyboard = useKeyboard(all);
  const error = listing.error.value;
  const again = () => void (all.length ? listing.next() : listing.load());
  if (!listing.ready.value) return error ? <Failed error={told(error)} again={again} /> : null;
  if (!all.length) return <>{children}</>;
  const names = {
    pinned: t("sidebar.pinned"),
    today: t("sidebar.today"),
    yesterday: t("sidebar.yesterday"),
    week: t("sidebar.week"),
    month,
  };
  return (
    <div class="groups" onKeyDown={walk} {...keyboard}>
      {grouped(all, names).map((group) => (
        <section key={group.key}>
          <h2>{group.label}</h2>
          <ul role="list" aria-label={group.label}>
            {group.items.map((one) => <Row key={one.id} one={one} />)}
          </ul>
        </section>
      ))}
      {error ? <Failed error={told(error)} again={again} /> : listing.more.value && <More listing={listing} />}
    </div>
  );
}

/** A row that is put elsewhere takes the keyboard along; of one that is gone, the next one has it. */
function useKeyboard(all: readonly Conversation[]) {
  const held = useRef<{ number: string; at: number } | null>(null);
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const was = held.current;
    if (!was || document.activeElement !== document.body) return;
    const rows = rowsIn(box.current);
    const same = rows.find((row) => row.dataset["conversation"] === was.number);
    const next = same ?? rows[Math.min(was.at, rows.length - 1)];
    next?.querySelector<HTMLElement>(same ? "[popovertarget]" : "a")?.focus();
  }, [all]);
  return {
    ref: box,
    onFocusIn: ({ target }: FocusEvent) => {
      const row = (target as Element).closest<HTMLElement>("[data-conversation]");
      const number = row?.dataset["conversation"];
      held.current = row && number ? { number, at: rowsIn(box.current).indexOf(row) } : null;
    },
    onFocusOut: ({ target }: FocusEvent) => {
      // What was taken away has not been left by anybody.
      queueMicrotask(() => {
        const there = (target as Element).isConnected;
        if (there && !box.current?.contains(document.activeElement)) held.current = null;
      });
    },
  };
}

function rowsIn(box: HTMLElement | null): HTMLElement[] {
  return [...(box?.querySelectorAll<HTMLElement>("[data-conversation]") ?? [])];
}

/** Reads on when it comes near. */
function More({ listing }: { listing: Listing }) {
  const mark = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = mark.current;
    if (!element) return undefined;
    const seen = new IntersectionObserver(
      (entries) => entries.some((one) => one.isIntersecting) && void listing.next(),
      { root: element.closest(".scrolls"), rootMargin: AHEAD },
    );
    seen.observe(element);
    return () => seen.disconnect();
  }, [listing, listing.items.value.length]);
  return <div class="list-more" ref={mark}><Spinner label={t("sidebar.loading_more")} /></div>;
}

/** Up and down from one conversation to the next. */
function walk(event: KeyboardEvent): void {
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const at = event.target as HTMLElement;
  if (!by || !at.matches("a[href]")) return;
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".row-item > a")];
  const next = all[all.indexOf(at) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
