// What a bot saw for a reply: its receipt by origin, the items themselves, and what was left out.

import { useState } from "preact/hooks";
import { get, query } from "../api/client";
import { callName } from "../state/bots";
import { me } from "../state/me";
import { receiptOf } from "../state/receipts";
import { day, moment, number, t } from "../texts";
import type { Conversation, Id, Page, Receipt, ReceiptItem } from "../types";
import { Button, Failed, Icon, useLoaded, Waiting } from "../ui";
import { BudgetBar } from "./bar";
import { inWords } from "./factlist";
import { failure } from "./quiet";
import { colourOf, grouped, isMessage, named, omitted, type Group } from "./receipt";

export interface SawProps {
  conversation: Conversation | null;
  name: string;
  message: Id | null;
  news: unknown;
  onJump: (id: Id) => void;
}

/** The newest reply of a conversation that has a receipt. */
async function newest(conversation: number): Promise<Id | null> {
  const path = query(`/api/conversations/${conversation}/messages`, { most: 20 });
  const { messages } = await get<Page>(path);
  return messages.findLast((one) => one.receipt)?.id ?? null;
}

export function Saw({ conversation, name, message, news, onJump }: SawProps) {
  const [given, give] = useState<Id | null>(null);
  // Another message may be picked while this is open: until then the newest may be asked for.
  const picked = given === message ? null : message;
  const where = conversation?.id ?? null;
  const loaded = useLoaded(async () => {
    const id = picked ?? (where === null ? null : await newest(where));
    return { id, receipt: id === null ? null : await receiptOf(id) };
  }, [picked, where, news]);

  const { value, reload } = loaded;
  const error = failure(loaded);
  if (error) return <Failed error={error} again={reload} />;
  if (!value) return <Waiting />;
  const { id, receipt } = value;
  if (!receipt || id === null)
    return (
      <div class="empty">
        <Icon name="eye" />
        <strong>{t("memory.saw_none")}</strong>
        <p>{t("memory.saw_none_text", name)}</p>
      </div>
    );
  return (
    <div class="stack">
      <div class="saw-head">
        <h2>{t(picked ? "memory.saw_this" : "memory.saw_latest")}</h2>
        <Button look="link" onClick={() => onJump(id)}>
          {t("memory.saw_jump")}
        </Button>
        {picked && (
          <Button look="link" onClick={() => give(message)}>
            {t("memory.saw_back")}
          </Button>
        )}
      </div>
      <BudgetBar receipt={receipt} />
      <ReceiptGroups key={id} receipt={receipt} onJump={onJump} />
      <LeftOut receipt={receipt} onJump={onJump} />
    </div>
  );
}

interface GroupsProps {
  receipt: Receipt;
  /** Of a preview: what would be said is nowhere yet. */
  unsaid?: boolean;
  onJump: (id: Id) => void;
}

export function ReceiptGroups({ receipt, unsaid, onJump }: GroupsProps) {
  return (
    <div class="receipt-groups">
      {grouped(receipt).map((group) => (
        <OneGroup key={group.origin} group={group}
          onJump={unsaid && group.origin === "message" ? null : onJump} />
      ))}
    </div>
  );
}

const atFirst = 12;

type Jump = ((id: Id) => void) | null;

function OneGroup({ group, onJump }: { group: Group; onJump: Jump }) {
  const [open, turn] = useState(false);
  const [all, more] = useState(false);
  // The newest stand at the end of a window, and are what one looks for.
  const cut = !all && group.items.length > atFirst;
  const shown = cut ? group.items.slice(-atFirst) : group.items;
  return (
    <details open={open} onToggle={(event) => turn(event.currentTarget.open)}>
      <summary>
        <i class={`swatch ${colourOf(group.origin)}`} />
        <span>{named(group.origin, group.items.length)}</span>
        <span class="numbers">{number(group.tokens)}</span>
        <Icon name="down" />
      </summary>
      {open && (
        <>
          {cut && (
            <Button look="quiet" small onClick={() => more(true)}>
              {t("memory.more_items", group.items.length - atFirst)}
            </Button>
          )}
          <ol role="list">
            {shown.map((item, index) => (
              <Item key={`${item.id} ${index}`} item={item} onJump={onJump} />
            ))}
          </ol>
        </>
      )}
    </details>
  );
}

function speaker(name: string): string {
  return name === me.value?.name ? t("talk.you") : callName(name);
}

function Item({ item, onJump }: { item: ReceiptItem; onJump: Jump }) {
  const isFact = item.origin === "facts";
  const words = [
    isFact || !item.speaker ? null : speaker(item.speaker),
    item.said_at === null ? null : day(item.said_at),
    t("memory.tokens", number(item.tokens)),
    item.score === null ? null : t("memory.score", number(item.score, 2)),
  ];
  return (
    <li>
      {item.text === null ? <p class="soft">{t("memory.items_gone")}</p> : <Clamped text={isFact ? inWords({ subject: item.speaker ?? "", statement: item.text }, me.value?.name ?? "") : item.text} />}
      <div class="fact-origin numbers" title={item.said_at === null ? undefined : moment(item.said_at)}>
        {words.filter(Boolean).join(" · ")}{" "}
        {onJump && isMessage(item.id) && item.text !== null && (
          <Button look="link" onClick={() => onJump(item.id)}>
            {t("memory.source")}
          </Button>
        )}
      </div>
    </li>
  );
}

const long = 280;

function Clamped({ text }: { text: string }) {
  const [whole, show] = useState(text.length <= long);
  return (
    <p class="told">
      {whole ? text : `${text.slice(0, long).trimEnd()} … `}
      {!whole && (
        <Button look="link" onClick={() => show(true)}>
          {t("ui.more")}
        </Button>
      )}
    </p>
  );
}

function LeftOut({ receipt, onJump }: { receipt: Receipt; onJump: (id: Id) => void }) {
  const left = omitted(receipt.left_out);
  return (
    <section aria-labelledby="left-title">
      <h2 id="left-title">{t("memory.left_out")}</h2>
      {!left.length && <p class="soft">{t("memory.left_out_none")}</p>}
      <ul role="list" class="left-out">
        {left.map((one, index) => (
          <li key={index}>
            <i class={`swatch hollow ${colourOf(one.origin)}`} />
            <span>
              {one.what}
              <small>{one.why}</small>
            </span>
            <span class="numbers">{number(one.tokens)}</span>
            {one.message && (
              <Button look="link" onClick={() => onJump(one.message ?? "")} aria-label={t("memory.do", t("memory.source"), one.what)}>
                {t("ui.show")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
