// The transcript: what was said, as far as it is loaded, and what is being said.

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { callName } from "../state/bots";
import type { Pending } from "../state/outbox";
import type { Talk } from "../state/talk";
import { day, t } from "../texts";
import type { Id } from "../types";
import { Button, Spinner } from "../ui";
import { CardView } from "./card";
import { copy, otherVersion, trying } from "./doing";
import { Awaiting, DraftView } from "./draft";
import { MessageView } from "./message";
import { PendingView } from "./pending";
import { type Row, rows, type Shown, shown } from "./rows";
import { Scroll } from "./scroll";
import { useSwitched } from "./switched";

const NEAR = 12;
const AHEAD = 4_000;

interface TranscriptProps {
  talk: Talk;
  pending: readonly Pending[];
  title: string;
  onEdit: (text: string) => void;
}

export function Transcript({ talk, pending, title, onEdit }: TranscriptProps) {
  const box = useRef<HTMLDivElement>(null);
  const inside = useRef<HTMLDivElement>(null);
  const scroll = useMemo(() => new Scroll(), [talk]);
  const what = shown(talk.messages.value, talk.draft.value, pending);
  const draft = what.draft;
  const all = rows(what.messages, talk.cards.value);
  const unseen = useUnseen(talk, scroll, what.pending);
  useEdges(talk, scroll, box, inside);
  useAnchor(scroll, what.messages[0]?.id);
  useGoal(talk, scroll, box);
  useSwitched(talk, scroll, box);

  const name = callName(talk.conversation.value?.bot ?? "");
  const from = what.messages.length - NEAR;
  const lastId = what.messages.at(-1)?.id;
  let at = -1;
  return (
    <div class="transcript">
      <div class="log" role="log" aria-live="off" aria-label={t("talk.messages", title)} tabIndex={0}
        ref={box} onKeyDown={(event) => walk(event, talk)} onClick={copyCode}>
        <div class="log-inside" ref={inside}>
          {talk.older.value && (
            <div class="older" role="status"><Spinner label={t("talk.older")} /></div>
          )}
          {all.map((row) => {
            if (row.kind === "message") at += 1;
            return drawn(row, talk, at >= from, !draft && row.key === lastId);
          })}
          {draft && !talk.newer.value && <DraftView key={`draft ${draft.upto}`} draft={draft} name={name} />}
          {awaits(talk, what) && <Awaiting name={name} />}
          {what.pending.map((one) => <PendingView key={one.id} one={one} onEdit={onEdit} />)}
        </div>
      </div>
      <Newest talk={talk} scroll={scroll} unseen={unseen} />
    </div>
  );
}

function drawn(row: Row, talk: Talk, near: boolean, last: boolean) {
  switch (row.kind) {
    case "day":
      return <p class="parting" key={row.key}><span>{dayName(row.at)}</span></p>;
    case "window":
      return <p class="parting window" key={row.key}><span>{t("talk.window")}</span></p>;
    case "card":
      return <CardView key={row.key} card={row.card} onClose={() => talk.closeCard(row.card.id)} />;
    case "message":
      return (
        <MessageView key={row.key} talk={talk} one={row.one} next={row.next} follows={row.follows}
          near={near} last={last} />
      );
  }
}

/** Whether a reply is on its way that nothing is seen of yet. */
function awaits(talk: Talk, { messages, pending, draft }: Shown): boolean {
  if (draft || talk.newer.value || pending.some((one) => one.refused === null)) return false;
  const last = messages.at(-1);
  return last?.mine === true && last.outcome === null && talk.conversation.value?.mine === true;
}

function dayName(at: number, now = Date.now()): string {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (at >= midnight) return t("talk.today");
  return at >= midnight - 86_400_000 ? t("talk.yesterday") : day(at, now);
}

/** Counts what came while one was reading above; what one says oneself leads to the end. */
function useUnseen(talk: Talk, scroll: Scroll, pending: readonly Pending[]) {
  const unseen = useSignal(0);
  const known = useRef<{ last: number; pending: number }>({ last: 0, pending: 0 });
  const messages = talk.messages.value;
  const last = messages.at(-1)?.seq ?? 0;
  useLayoutEffect(() => {
    const before = known.current;
    known.current = { last, pending: pending.length };
    if (pending.length > before.pending) {
      if (talk.newer.peek()) void trying(() => talk.jumpToNewest());
      scroll.toEnd();
    }
    const came = before.last && !talk.switched.peek() ? messages.filter((one) => one.seq > before.last).length : 0;
    if (came && !scroll.stuck && !talk.newer.peek()) unseen.value += came;
    if (scroll.stuck) unseen.value = 0;
  }, [last, pending.length]);
  const away = scroll.away.value;
  useEffect(() => {
    if (!away && scroll.stuck) unseen.value = 0;
  }, [away]);
  return unseen;
}

type Ref = { current: HTMLDivElement | null };

/** More is read well before one comes to where it would be missing. */
function useEdges(talk: Talk, scroll: Scroll, box: Ref, inside: Ref): void {
  useLayoutEffect(() => {
    if (!box.current || !inside.current) return undefined;
    scroll.onEdge = (above, below) => {
      if (above < AHEAD && talk.older.peek()) void trying(() => talk.loadOlder());
      if (below < AHEAD && talk.newer.peek()) void trying(() => talk.loadNewer());
    };
    const detach = scroll.attach(box.current, inside.current);
    if (talk.goal.peek() === null) scroll.toEnd();
    return detach;
  }, [talk]);
  const loaded = talk.messages.value.length;
  useEffect(() => scroll.look(), [loaded]);
}

/** What one reads stays where it is while something is put above it. */
function useAnchor(scroll: Scroll, first: Id | undefined): void {
  const was = useRef(first);
  if (was.current !== first) scroll.hold();
  was.current = first;
  useLayoutEffect(() => scroll.restore(), [first]);
}

/** Shows the message that a link led to, and lets it be seen which one that is. */
function useGoal(talk: Talk, scroll: Scroll, box: Ref): void {
  const goal = talk.goal.value;
  const loaded = talk.messages.value;
  useLayoutEffect(() => {
    const element =
      goal && box.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(goal)}"]`);
    if (!element) return;
    scroll.leave();
    const center = () => element.scrollIntoView({ block: "center" });
    center();
    // What is above it gets its true height only when it is near.
    requestAnimationFrame(() => {
      center();
      requestAnimationFrame(center);
    });
    element.classList.add("flash");
    setTimeout(() => element.classList.remove("flash"), 2_400);
    element.focus({ preventScroll: true });
    talk.goal.value = null;
  }, [goal, loaded]);
}

function Newest({ talk, scroll, unseen }: { talk: Talk; scroll: Scroll; unseen: { value: number } }) {
  const more = talk.newer.value ? talk.beyond.value : unseen.value;
  if (!scroll.away.value && !talk.newer.value) return null;
  const go = async () => {
    if (talk.newer.peek() && !(await trying(() => talk.jumpToNewest()))) return;
    unseen.value = 0;
    // Drawn first, then gone to.
    requestAnimationFrame(() => scroll.toEnd());
  };
  return (
    <Button class="newest" icon="down" onClick={() => void go()} aria-label={more ? undefined : t("talk.newest")}>
      {more ? t("talk.newer", more) : null}
    </Button>
  );
}

/** The buttons of code blocks are drawn with the text, and heard here. */
function copyCode(event: MouseEvent): void {
  const button = (event.target as Element).closest?.(".copy-code");
  const code = button?.closest("figure")?.querySelector("code");
  if (code) void copy(code.textContent);
}

/** From message to message, and from version to version, by keys. */
function walk(event: KeyboardEvent, talk: Talk): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target as HTMLElement;
  const log = event.currentTarget as HTMLElement;
  const at = target.closest<HTMLElement>("[data-message]");
  if (target !== log && target !== at) return;
  const back = event.key === "k" || event.key === "ArrowUp";
  const on = event.key === "j" || event.key === "ArrowDown";
  if (back || on) step(log, at, back ? -1 : 1);
  else if (event.key === "Home" || event.key === "End") edge(log, event.key === "End");
  else if (at && (event.key === "ArrowLeft" || event.key === "ArrowRight"))
    version(talk, at, event.key === "ArrowLeft" ? -1 : 1);
  else return;
  event.preventDefault();
}

function step(log: HTMLElement, at: HTMLElement | null, by: number): void {
  const all = [...log.querySelectorAll<HTMLElement>("[data-message]")];
  const from = at ? all.indexOf(at) : by > 0 ? -1 : all.length;
  const next = all[Math.max(0, Math.min(all.length - 1, from + by))];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

function edge(log: HTMLElement, end: boolean): void {
  log.scrollTop = end ? log.scrollHeight : 0;
  const all = log.querySelectorAll<HTMLElement>("[data-message]");
  all[end ? all.length - 1 : 0]?.focus({ preventScroll: true });
}

function version(talk: Talk, at: HTMLElement, by: number): void {
  const one = talk.messages.value.find((other) => other.id === at.dataset["message"]);
  const other = one && otherVersion(one, by);
  if (other) void trying(() => talk.switchTo(other, one.id));
}
