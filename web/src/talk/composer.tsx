// Where one writes: it grows with the words, keeps them, and sends them.

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { enterSends } from "../settings/state";
import { draftIn, keepDraft } from "../state/drafts";
import { DRAFT, freshBlank } from "../state/fresh";
import type { Talk } from "../state/talk";
import { t } from "../texts";
import { Button, Icon, IconButton } from "../ui";
import { fitting } from "./commands";
import { send, trying } from "./doing";
import { soonSaid } from "../views";
import { composes, sends } from "./keys";

interface ComposerProps {
  /** Null where the conversation is not begun. */
  talk: Talk | null;
  name: string;
  /** Words to be written on: put in once, each time that it is another object. */
  given: { text: string } | null;
}

export const SAY = "say";

/** The share of the window that the box takes at most. */
const MOST = 0.4;

export function Composer({ talk, name, given }: ComposerProps) {
  const where = talk ? String(talk.number) : DRAFT;
  const box = useRef<HTMLTextAreaElement>(null);
  const text = useSignal(draftIn(where));
  const write = (words: string) => {
    if (!talk) soonSaid();
    text.value = words;
    keepDraft(where, words);
  };
  useWhere(where, box, text);
  useGiven(given, box, write);
  useHeight(box, text.value);
  const branch = talk?.branch.value ?? null;
  useEffect(() => {
    if (branch) box.current?.focus();
  }, [branch]);

  const go = async () => {
    const words = text.peek().trim();
    if (!words) return;
    // Emptied before the answer comes: nothing can be sent twice by a second press.
    write("");
    if (!(await send(words))) write(text.peek() || words);
    box.current?.focus();
  };
  const pressed = (event: KeyboardEvent) => {
    if (composes(event)) return;
    if (sends(event, enterSends.value)) void go();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void go();
    else if (event.key === "ArrowUp" && !text.peek() && talk) editLast(talk);
    else if (event.key === "Tab" && !event.shiftKey && completed(text.peek())) {
      write(completed(text.peek()) ?? "");
    } else if (event.key === "Escape" && branch && talk) talk.branch.value = null;
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <form class="composer" onSubmit={(event) => { event.preventDefault(); void go(); }}>
      {branch && talk && <Branching onClose={() => (talk.branch.value = null)} />}
      <Commands text={text.value} onPick={(word) => {
        write(`/${word} `);
        box.current?.focus();
      }} />
      <div class="box">
        <label class="only-heard" for={SAY}>{t("talk.message_to", name)}</label>
        <textarea id={SAY} ref={box} rows={1} dir="auto" placeholder={t("talk.message_to", name)}
          enterkeyhint={enterSends.value ? "send" : "enter"} value={text.value}
          onInput={(event) => write(event.currentTarget.value)} onKeyDown={pressed} />
        <div class="box-row">
          {!talk && <Blank />}
          <span class="grow" />
          {talk?.draft.value && (
            <Button icon="stop" aria-label={t("talk.stop_label", name)}
              onClick={() => void trying(() => talk.stop())}>
              {t("talk.stop")}
            </Button>
          )}
          <Button look="main" type="submit" icon="send" aria-disabled={!text.value.trim()}>
            {t("talk.send")}
          </Button>
        </div>
      </div>
    </form>
  );
}

type Box = { current: HTMLTextAreaElement | null };

/** In another conversation other words were begun. */
function useWhere(where: string, box: Box, text: { value: string }): void {
  const was = useRef(where);
  useLayoutEffect(() => {
    if (was.current === where) return;
    was.current = where;
    text.value = draftIn(where);
  }, [where]);
  useEffect(() => {
    // On a touch screen the keyboard would come up over what one wants to read.
    if (matchMedia("(pointer: fine)").matches && !document.querySelector("dialog[open]"))
      box.current?.focus({ preventScroll: true });
  }, [where]);
}

function useGiven(given: { text: string } | null, box: Box, write: (text: string) => void): void {
  useEffect(() => {
    if (!given) return;
    const there = box.current?.value.trim();
    write(there ? `${given.text}\n${there}` : given.text);
    box.current?.focus();
  }, [given]);
}

/** Where the browser does not do it by itself: measuring has it lay out the whole page. */
function useHeight(box: Box, text: string): void {
  useLayoutEffect(() => {
    const area = box.current;
    if (!area || CSS.supports("field-sizing", "content")) return;
    area.style.height = "auto";
    const most = Math.round(innerHeight * MOST);
    area.style.height = `${Math.min(area.scrollHeight, most)}px`;
    area.style.overflowY = area.scrollHeight > most ? "auto" : "hidden";
  }, [text]);
}

function editLast(talk: Talk): void {
  const last = talk.messages.peek().findLast((one) => one.mine);
  if (last && talk.conversation.peek()?.mine) talk.editing.value = last.id;
}

/** The whole command, where only one begins with what was typed. */
function completed(text: string): string | null {
  const [only, another] = fitting(text);
  return only && !another && text !== `/${only.word}` ? `/${only.word} ` : null;
}

function Commands({ text, onPick }: { text: string; onPick: (word: string) => void }) {
  const all = fitting(text);
  if (!all.length) return null;
  return (
    <ul class="commands" role="list" aria-label={t("talk.commands")}>
      {all.map(({ word, does }) => (
        <li key={word}>
          <button type="button" class="menu-item" onClick={() => onPick(word)}>
            <code>/{word}</code>
            <span>{does}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Branching({ onClose }: { onClose: () => void }) {
  return (
    <div class="branching" role="status">
      <Icon name="branch" />
      <span>{t("talk.branch_text")}</span>
      <IconButton icon="close" small label={t("ui.cancel")} onClick={onClose} />
    </div>
  );
}

function Blank() {
  const on = freshBlank.value;
  return (
    <Button look="quiet" small aria-pressed={on} icon={on ? "check" : undefined}
      data-tip={on ? undefined : t("talk.blank_tip")}
      onClick={() => (freshBlank.value = !on)}>
      {t(on ? "talk.blank_on" : "talk.blank_off")}
    </Button>
  );
}
