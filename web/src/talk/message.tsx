// One message: what was said, by whom, and what became of it.

import { useSignal } from "@preact/signals";
import { vendorName } from "../connect/vendors";
import { botNamed, callName } from "../state/bots";
import { me } from "../state/me";
import type { Talk } from "../state/talk";
import { t, time } from "../texts";
import type { Message } from "../types";
import { Button, Icon } from "../ui";
import { ConnectDialog, ForgetDialog } from "../views";
import { Attachments } from "./attachments";
import { sayOtherwise, trying } from "./doing";
import { Editor } from "./editor";
import { Face } from "./face";
import { memo } from "../memo";
import { pickModel } from "./models";
import { fenced, folded } from "./plain";
import { Plain, Prose } from "./prose";
import { height } from "./rows";
import { isCut, Under } from "./under";

export interface MessageProps {
  talk: Talk;
  one: Message;
  next: Message | null;
  /** Whether the same one spoke just before. */
  follows: boolean;
  /** One of the newest: it is drawn at once, and its buttons are always seen. */
  near: boolean;
  last: boolean;
}

export const MessageView = memo(function MessageView(props: MessageProps) {
  const { talk, one, next, follows, near, last } = props;
  const forgetting = useSignal(false);
  const id = `m${one.id.replace(".", "-")}`;
  const side = one.role === "notice" ? "notice-row" : one.mine ? "mine" : "theirs";
  const names = ["message", side, follows && "follows", near && "near", last && "last"];
  const name = one.mine ? t("talk.you") : nameOf(talk, one);
  return (
    <article
      class={names.filter(Boolean).join(" ")}
      data-message={one.id}
      data-role={one.role}
      tabIndex={-1}
      aria-labelledby={id}
      style={near ? undefined : { containIntrinsicSize: `auto ${height(one)}px` }}
    >
      {side === "theirs" && !follows && <Face name={name} bot={one.role === "assistant"} />}
      <div class="body">
        <h2 class={showsName(one) && !follows ? "name" : "only-heard"} id={id}>
          {name}
          <span class="only-heard">, {time(one.said_at)}</span>
        </h2>
        <Said talk={talk} one={one} next={next} />
        <Attachments all={one.attachments} />
        <Notes one={one} />
        {talk.editing.value !== one.id && (
          <Under talk={talk} one={one} next={next} onForget={() => (forgetting.value = true)} />
        )}
      </div>
      {forgetting.value && (
        <ForgetDialog what={one.id} title={t("talk.forget_title")}
          onClose={() => (forgetting.value = false)} onDone={() => (forgetting.value = false)} />
      )}
    </article>
  );
});

function nameOf(talk: Talk, one: Message): string {
  return one.name || callName(talk.conversation.value?.bot ?? "");
}

/** Whose words it is is seen from the side that it stands on, except where others speak too. */
function showsName(one: Message): boolean {
  return one.role === "user" && !one.mine;
}

interface SaidProps {
  talk: Talk;
  one: Message;
  next: Message | null;
}

function Said({ talk, one, next }: SaidProps) {
  if (one.role === "notice") return <Notice talk={talk} one={one} newest={next === null} />;
  if (one.role === "assistant")
    return one.text ? <Prose id={one.id} text={one.text} /> : <p class="erased">{t("talk.erased")}</p>;
  if (one.mine && talk.editing.value === one.id)
    return (
      <Editor
        text={one.text}
        onClose={() => leave(talk, one)}
        onSave={(text) => {
          talk.editing.value = null;
          sayOtherwise(talk, one, text);
        }}
      />
    );
  return (
    <div class="bubble">
      <Words one={one} />
    </div>
  );
}

/** Gives the keyboard back to where it was. */
function leave(talk: Talk, one: Message): void {
  talk.editing.value = null;
  document.querySelector<HTMLElement>(`[data-message="${CSS.escape(one.id)}"]`)?.focus();
}

function Words({ one }: { one: Message }) {
  const open = useSignal(false);
  const fold = folded(one.text);
  const text = fold && !open.value ? fold.beginning : one.text;
  return (
    <>
      {fenced(one.text) && (!fold || open.value) ? (
        <Prose id={one.id} text={one.text} />
      ) : (
        <Plain text={text} />
      )}
      {fold && (
        <Button look="link" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
          {open.value ? t("talk.fold_less") : t("talk.fold_more", fold.lines)}
        </Button>
      )}
    </>
  );
}

/** It can be tried again as long as nothing has come of it. */
function Notice({ talk, one, newest }: { talk: Talk; one: Message; newest: boolean }) {
  const connecting = useSignal(false);
  const mine = newest && talk.conversation.value?.mine;
  const vendor = mine ? vendorToConnect(talk, one) : null;
  return (
    <div class="notice bad">
      <Icon name="warning" />
      <div dir="auto">
        <p>{one.text}</p>
        {one.cause && one.cause !== one.text && <p class="cause">{t("talk.cause", one.cause)}</p>}
      </div>
      {mine && (
        <Button small icon="again" busy={talk.asked.value === one.id}
          onClick={() => void trying(() => talk.again(one.id))}>
          {t("talk.again")}
        </Button>
      )}
      {vendor && (
        <Button small icon="plug" onClick={() => (connecting.value = true)}>
          {t("talk.connect_vendor", vendorName(vendor))}
        </Button>
      )}
      {vendor && connecting.value && (
        <ConnectDialog vendor={vendor}
          onDone={(model) => {
            connecting.value = false;
            if (model) void pickModel(talk, model);
          }} />
      )}
    </div>
  );
}

/** The vendor whose key is missing or refused, where it is for this person to give another. */
function vendorToConnect(talk: Talk, one: Message): string | null {
  const conversation = talk.conversation.value;
  if (!/\bkey\b/.test(one.text) || !(me.value?.owner || conversation?.model)) return null;
  const picked = conversation?.model ?? one.model;
  return picked?.includes(":")
    ? (picked.split(":")[0] ?? null)
    : (botNamed(conversation?.bot ?? "")?.given.model.provider ?? null);
}

/** Why nobody replied, where that is worth a word; what is not known here is said as it is. */
function reasonOf(reason: string): string | null {
  if (reason === "stopped") return t("talk.why_stopped");
  if (reason === "not addressed") return t("talk.why_not_addressed");
  return reason === "imported" || reason === "forgotten" ? null : reason;
}

function Notes({ one }: { one: Message }) {
  const notes = [...one.notes];
  if (isCut(one)) notes.push(t(one.finish_reason === "length" ? "talk.cut" : "talk.stopped"));
  const why = one.outcome === "unanswered" && one.reason ? reasonOf(one.reason) : null;
  if (why) notes.push(t("talk.unanswered", why));
  if (!notes.length) return null;
  return (
    <ul class="notes" role="list">
      {notes.map((note, at) => (
        <li key={at}>{note}</li>
      ))}
    </ul>
  );
}
