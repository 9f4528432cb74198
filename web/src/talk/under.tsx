// What stands under a message: its versions, and what one can do with it.

import { useSignal } from "@preact/signals";
import { callName } from "../state/bots";
import { showReceipt } from "../state/layout";
import type { Talk } from "../state/talk";
import { moment, number, t, time } from "../texts";
import type { Message } from "../types";
import { Button, type Entry, Icon, IconButton, Menu } from "../ui";
import { copy, otherVersion, trying } from "./doing";

export interface UnderProps {
  talk: Talk;
  one: Message;
  /** The message behind it, from which a branch would part. */
  next: Message | null;
  onForget: () => void;
}

/** What is always seen stands at the outer side; the buttons, which often are not, behind it. */
export function Under({ talk, one, next, onForget }: UnderProps) {
  const time = <Said one={one} />;
  const versions = <Versions talk={talk} one={one} />;
  const said = one.mine ? <>{versions}{time}</> : <>{time}{versions}</>;
  return (
    <div class="under">
      {!one.mine && said}
      {one.role === "user" ? <OfWords talk={talk} one={one} /> : <OfReply talk={talk} one={one} next={next} />}
      <More talk={talk} one={one} next={next} onForget={onForget} />
      {one.mine && said}
    </div>
  );
}

function Said({ one }: { one: Message }) {
  const { usage, model } = one;
  const told =
    usage && model
      ? t("talk.usage", model, number(usage.prompt_tokens), number(usage.completion_tokens))
      : moment(one.said_at);
  return (
    <time class="said" dateTime={new Date(one.said_at).toISOString()} data-tip={told}>
      {time(one.said_at)}
    </time>
  );
}

function Versions({ talk, one }: { talk: Talk; one: Message }) {
  const all = one.versions.length;
  if (all < 2) return null;
  const at = one.versions.indexOf(one.id) + 1;
  const step = (by: number) => {
    const other = otherVersion(one, by);
    if (other) void trying(() => talk.switchTo(other, one.id));
  };
  return (
    <span class="versions" role="group" aria-label={t("talk.version_label", at, all)}>
      <IconButton icon="left" small label={t("talk.version_before")} disabled={at <= 1}
        onClick={() => step(-1)} />
      <span class="numbers" aria-hidden="true">{t("talk.version", at, all)}</span>
      <IconButton icon="right" small label={t("talk.version_next")} disabled={at >= all}
        onClick={() => step(1)} />
    </span>
  );
}

function OfWords({ talk, one }: { talk: Talk; one: Message }) {
  return (
    <>
      <Button look="quiet" small onClick={() => void copy(one.text)}>
        {t("talk.copy")}
      </Button>
      {one.mine && talk.conversation.value?.mine && (
        <Button look="quiet" small onClick={() => edit(talk, one)}>
          {t("talk.edit")}
        </Button>
      )}
    </>
  );
}

export function edit(talk: Talk, one: Message): void {
  talk.editing.value = one.id;
}

/** Whether a reply was cut off, so that it can go on. */
export function isCut(one: Message): boolean {
  return one.role === "assistant" && ["length", "stopped"].includes(one.finish_reason ?? "");
}

function OfReply({ talk, one, next }: { talk: Talk; one: Message; next: Message | null }) {
  const mine = talk.conversation.value?.mine;
  const asked = talk.asked.value !== null;
  const name = one.name || callName(talk.conversation.value?.bot ?? "");
  return (
    <>
      {mine && isCut(one) && (
        <Button look="quiet" small busy={asked} onClick={() => void trying(() => talk.goOn(one.id))}>
          {t("talk.go_on")}
        </Button>
      )}
      <Button look="quiet" small onClick={() => void copy(one.text)}>
        {t("talk.copy")}
      </Button>
      {mine && one.role === "assistant" && (
        <Button look="quiet" small busy={asked} onClick={() => void trying(() => talk.again(one.id))}>
          {t("talk.again")}
        </Button>
      )}
      {canBranch(talk, next) && (
        <Button look="quiet" small class="roomy" onClick={() => branch(talk, next)}>
          {t("talk.branch")}
        </Button>
      )}
      {one.receipt && (
        <Button look="quiet" small class="roomy" onClick={() => showReceipt(one.id)}>
          {t("talk.saw", name)}
        </Button>
      )}
    </>
  );
}

function canBranch(talk: Talk, next: Message | null): next is Message {
  return next?.mine === true && talk.conversation.value?.mine === true;
}

function branch(talk: Talk, next: Message): void {
  talk.branch.value = next.id;
}

function More({ talk, one, next, onForget }: UnderProps) {
  const near = useSignal(false);
  const come = () => {
    near.value = true;
  };
  return (
    <span class="row-more" onPointerEnter={come} onFocusIn={come}>
      <Menu label={t("talk.more")} align="end" entries={near.value ? entries() : []}>
        {(opener) => (
          <Button {...opener} look="quiet" small class="square" aria-label={t("talk.more")}>
            <Icon name="more" />
          </Button>
        )}
      </Menu>
    </span>
  );

  function entries(): Entry[] {
    const name = one.name || callName(talk.conversation.value?.bot ?? "");
    const all: Entry[] = [];
    if (one.role !== "user" && canBranch(talk, next))
      all.push({ label: t("talk.branch_label"), icon: "branch", onPick: () => branch(talk, next) });
    if (one.receipt)
      all.push({ label: t("talk.saw", name), icon: "eye", onPick: () => showReceipt(one.id) });
    all.push({ label: t("talk.forget"), icon: "trash", danger: true, onPick: onForget });
    return all;
  }
}
