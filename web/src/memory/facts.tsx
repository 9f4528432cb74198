// What a bot remembers of somebody: each fact with where it is from, to be added, edited, forgotten.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { get, patch, post, query } from "../api/client";
import { told } from "../api/errors";
import { me } from "../state/me";
import { day, moment, t } from "../texts";
import type { Fact, Id } from "../types";
import { Button, Failed, Field, Icon, IconButton, Switch, toast, useLoaded, Waiting } from "../ui";
import { bySubject, capital, found, inWords, newestFirst, past } from "./factlist";
import ForgetDialog from "./forget";
import { failure } from "./quiet";

const many = 8;

export interface FactsProps {
  bot: string;
  /** What the bot is called. */
  name: string;
  /** Goes up when there may be something new. */
  news: unknown;
  onJump: (id: Id) => void;
}

export function Facts({ bot, name, news, onJump }: FactsProps) {
  const [everybody, all] = useState(false);
  const [wanted, want] = useState("");
  const [adding, add] = useState(false);
  const adder = useRef<HTMLButtonElement>(null);
  const edited = useRef<Id | null>(null);
  const read = () => get<{ facts: Fact[] }>(query("/api/facts", { bot, everybody }));
  const loaded = useLoaded(read, [bot, everybody, news]);
  const { value, reload } = loaded;
  const error = failure(loaded);
  const facts = value?.facts ?? [];
  const names = new Map(facts.map((one) => [one.id, wordsOf(one, everybody)]));
  const shown = newestFirst(found(facts, wanted));
  // An edited fact is another one, and a forgotten one is none: the keyboard goes on from there.
  const changed = (id: Id | null) => {
    edited.current = id;
    if (id === null) requestAnimationFrame(() => adder.current?.focus());
    reload();
  };
  const closed = () => {
    add(false);
    adder.current?.focus();
  };

  return (
    <section class="facts" aria-labelledby="facts-title">
      <div class="part-head">
        <h2 id="facts-title">{t(everybody ? "memory.about_all" : "memory.about_you", name)}</h2>
        <UndoButton onDone={reload} />
        <IconButton icon="add" small label={t("memory.add")} ref={adder} aria-expanded={adding}
          onClick={() => add(!adding)} />
      </div>
      {adding && <AddFact bot={bot} name={name} onClose={closed} onDone={reload} />}
      {(facts.length > many || wanted) && <Filter value={wanted} onChange={want} />}
      {error && <Failed error={error} again={reload} />}
      {!value && !error && <Waiting />}
      {value && !facts.length && !adding && <NoFacts name={name} />}
      {facts.length > 0 && !shown.length && <p class="soft" role="status">{t("memory.none_found")}</p>}
      {bySubject(shown, everybody).map(([subject, some]) => (
        <div key={subject}>
          {subject && <h3 class="subject">{capital(subject)}</h3>}
          <ul role="list">
            {some.map((fact) => (
              <FactItem key={fact.id} fact={fact} alone={everybody} names={names} edited={edited} onJump={onJump} onChange={changed} />
            ))}
          </ul>
        </div>
      ))}
      {me.value?.owner && me.value.login && (
        <Switch label={t("memory.everybody")} hint={t("memory.everybody_hint")} on={everybody} onChange={all} />
      )}
    </section>
  );
}

function NoFacts({ name }: { name: string }) {
  return (
    <div class="empty">
      <Icon name="memory" />
      <strong>{t("memory.none")}</strong>
      <p>{t("memory.none_text", name)}</p>
    </div>
  );
}

function Filter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <Field label={t("memory.filter")} onlyHeard>
      {(tied) => (
        <input {...tied} class="input" type="search" value={value} placeholder={t("memory.filter")}
          onInput={(event) => onChange(event.currentTarget.value)} />
      )}
    </Field>
  );
}

function UndoButton({ onDone }: { onDone: () => void }) {
  return <IconButton icon="undo" small label={t("memory.undo")} onClick={() => void undo(onDone)} />;
}

async function undo(onDone: () => void): Promise<void> {
  try {
    const { fact } = await post<{ fact: Fact | null }>("/api/facts/undo");
    if (!fact) toast(t("memory.undo_nothing"));
    else toast(t(fact.closed_at === null ? "memory.undone" : "memory.undone_gone", fact.statement));
    onDone();
  } catch (error) {
    toast(told(error), { bad: true });
  }
}

interface WritingProps {
  label: string;
  hint?: string;
  begin: string;
  action: string;
  save: (statement: string) => Promise<void>;
  onClose: () => void;
}

/** Where a statement is written: Enter keeps it, Escape does not. */
function Writing({ label, hint, begin, action, save, onClose }: WritingProps) {
  const [statement, write] = useState(begin);
  const [busy, work] = useState(false);
  const [error, say] = useState<string | null>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    box.current?.focus();
    box.current?.setSelectionRange(begin.length, begin.length);
  }, []);

  const done = async () => {
    const said = statement.trim();
    if (!said || busy) return;
    if (said === begin) return onClose();
    work(true);
    say(null);
    try {
      await save(said);
      onClose();
    } catch (why) {
      say(told(why));
      work(false);
    }
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) void done();
    else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="writing">
      <Field label={label} hint={hint} error={error}>
        {(tied) => (
          <textarea {...tied} ref={box} class="input" rows={2} maxLength={2000} value={statement}
            onInput={(event) => write(event.currentTarget.value)} onKeyDown={pressed} />
        )}
      </Field>
      <div class="row">
        <Button look="main" small busy={busy} disabled={!statement.trim()} onClick={() => void done()}>
          {action}
        </Button>
        <Button look="quiet" small onClick={onClose}>
          {t("ui.cancel")}
        </Button>
      </div>
    </div>
  );
}

function AddFact(of: { bot: string; name: string; onClose: () => void; onDone: () => void }) {
  const save = async (statement: string) => {
    await post<Fact>("/api/facts", { bot: of.bot, statement });
    toast(t("memory.added"));
    of.onDone();
  };
  return (
    <Writing label={t("memory.add_label", of.name)} hint={t("memory.add_hint")} begin=""
      action={t("memory.add_do")} save={save} onClose={of.onClose} />
  );
}

/** As one reads it; `alone` where whom it tells of stands above it. */
function wordsOf(fact: Fact, alone: boolean): string {
  return alone ? capital(fact.statement) : inWords(fact, me.value?.name ?? "");
}

interface ItemProps {
  fact: Fact;
  /** Whether whom it tells of stands above it. */
  alone: boolean;
  /** All of them in words. */
  names: ReadonlyMap<Id, string>;
  /** The fact that was just written, which takes the keyboard. */
  edited: RefObject<Id | null>;
  onJump: (id: Id) => void;
  /** What it became; null: it is gone. */
  onChange: (id: Id | null) => void;
}

function FactItem({ fact, alone, names, edited, onJump, onChange }: ItemProps) {
  const [mode, turn] = useState<"read" | "edit" | "history" | "forget">("read");
  const editor = useRef<HTMLButtonElement>(null);
  const back = useRef(edited.current === fact.id);
  useEffect(() => {
    if (mode === "read" && back.current) {
      editor.current?.focus();
      if (edited.current === fact.id) edited.current = null;
    }
    back.current = mode === "edit";
  }, [mode]);
  const save = async (statement: string) => {
    const { id } = await patch<Fact>(`/api/facts/${fact.id}`, { statement });
    const again = () => void undo(() => onChange(id));
    toast(t("memory.saved"), { action: { label: t("ui.undo"), run: again } });
    onChange(id);
  };
  if (mode === "edit")
    return (
      <li class="fact">
        <Writing label={t("memory.edit_label")} begin={fact.statement} action={t("memory.save")}
          save={save} onClose={() => turn("read")} />
      </li>
    );
  const words = wordsOf(fact, alone);
  const open = mode === "history";
  return (
    <li class="fact">
      <p>{words}</p>
      <div class="fact-foot">
        <Origin fact={fact} onJump={onJump} />
        <IconButton icon="edit" small ref={editor} label={named("memory.edit", words)} tip={t("memory.edit")}
          onClick={() => turn("edit")} />
        <IconButton icon="history" small label={named("memory.history", words)} tip={t("memory.history")}
          aria-expanded={open} onClick={() => turn(open ? "read" : "history")} />
        <IconButton icon="trash" small label={named("memory.forget", words)} tip={t("memory.forget")}
          onClick={() => turn("forget")} />
      </div>
      {open && <History fact={fact} />}
      {mode === "forget" && (
        <ForgetDialog what={fact.id} names={names} onClose={() => turn("read")}
          onDone={() => {
            turn("read");
            onChange(null);
          }} />
      )}
    </li>
  );
}

function named(what: "memory.edit" | "memory.history" | "memory.forget", words: string): string {
  const short = words.length > 60 ? `${words.slice(0, 59)}…` : words;
  return t("memory.do", t(what), short);
}

function Origin({ fact, onJump }: { fact: Fact; onJump: (id: Id) => void }) {
  const since = fact.origin === "said" ? fact.valid_from : fact.recorded_at;
  const words = t(fact.origin === "said" ? "memory.said" : "memory.written", day(since));
  const { sources } = fact;
  const [only] = sources;
  if (only !== undefined && sources.length === 1)
    return (
      <span class="fact-origin" title={moment(since)}>
        <Button look="link" onClick={() => onJump(only)} aria-label={t("memory.source_of", words)}>
          {words}
        </Button>
      </span>
    );
  return (
    <span class="fact-origin" title={moment(since)}>
      {words}
      {sources.length > 0 && ` · ${t("memory.sources", sources.length)} `}
      {sources.map((id, index) => (
        <Button key={id} look="link" onClick={() => onJump(id)} aria-label={t("memory.source_n", index + 1)}>
          {index + 1}
        </Button>
      ))}
    </span>
  );
}

function History({ fact }: { fact: Fact }) {
  const read = () => get<{ facts: Fact[] }>(`/api/facts/${fact.id}/history`);
  const { value, error, reload } = useLoaded(read, [fact.id, fact.statement]);
  if (error) return <Failed error={error} again={reload} />;
  if (!value) return <Waiting />;
  const before = past(value.facts);
  if (before.length < 2) return <p class="soft">{t("memory.history_only")}</p>;
  return (
    <ol class="fact-history" role="list" aria-label={t("memory.history_label")}>
      {before.map((one) => (
        <li key={one.id}>
          {one.until === null ? <span>{capital(one.statement)}</span> : <s>{capital(one.statement)}</s>}
          <small>
            {one.until === null
              ? t("memory.history_since", day(one.from))
              : t("memory.history_until", day(one.from), day(one.until))}
          </small>
        </li>
      ))}
    </ol>
  );
}
