// A talk as a whole: its head, what was said, and where one writes.

import { computed, useSignal } from "@preact/signals";
import { useCallback, useEffect } from "preact/hooks";
import { Refused } from "../api/errors";
import { OFFLINE } from "../connect/vendors";
import { callName, botNamed } from "../state/bots";
import { freshBotName, freshId, freshModelName } from "../state/fresh";
import { conversations } from "../state/conversations";
import { link, talk } from "../state/live";
import { begun, outbox } from "../state/outbox";
import type { Talk } from "../state/talk";
import { t } from "../texts";
import type { Conversation } from "../types";
import { Failed, Icon, Waiting } from "../ui";
import { ConnectDialog, SaidView } from "../views";
import { Composer } from "./composer";
import { send } from "./doing";
import { Header } from "./header";
import { Hello } from "./hello";
import { known, prepare } from "./markdown/late";
import { pickModel } from "./models";
import "./talk.css";
import "./composer.css";

/** What was said here and is not stored yet. */
const pendingHere = computed(() => {
  const open = talk.value;
  const here = open ? open.number : freshId.value;
  return outbox.value.filter((one) => one.to === here || begun.value.get(String(one.to)) === here);
});

export function TalkView() {
  const open = talk.value;
  const connecting = useSignal(false);
  const given = useSignal<{ text: string } | null>(null);
  const here = open && (open.conversation.value ?? listed(open.number));
  const bot = here?.bot ?? freshBotName();
  const title = titleOf(open, here?.title);
  const connect = () => {
    connecting.value = true;
  };
  const back = useCallback((text: string) => {
    given.value = { text };
  }, []);
  useEffect(() => {
    if (open) void prepare();
  }, [open]);
  const mine = here?.mine ?? true;
  return (
    <>
      <Header talk={open} bot={bot} title={title} onConnect={connect} />
      <Body open={open} bot={bot} title={title} onConnect={connect} onEdit={back} />
      <Lost />
      {isGone(open) ? null : mine ? (
        <Composer talk={open} name={callName(bot)} given={given.value} />
      ) : (
        <p class="elsewhere">{elsewhere(here?.channel ?? "")}</p>
      )}
      {connecting.value && (
        <ConnectDialog
          onDone={(model) => {
            connecting.value = false;
            if (model) void pickModel(open, model);
          }}
        />
      )}
    </>
  );
}

/** What the list says of a conversation, until it is read. */
function listed(number: number): Conversation | undefined {
  return conversations.items.value.find((one) => one.id === number);
}

function titleOf(open: Talk | null, title: string | undefined): string {
  if (!open) return t("talk.new");
  if (isGone(open)) return t("talk.gone_title");
  return title || (open.ready.value ? t("sidebar.untitled") : "");
}

/** Why one cannot say something here. */
function elsewhere(channel: string): string {
  if (channel === "web" || channel === "api") return t("talk.not_yours");
  if (channel === "terminal") return t("talk.in_terminal");
  if (channel === "library") return t("talk.in_program");
  return t("talk.not_mine", channel.charAt(0).toLocaleUpperCase() + channel.slice(1));
}

interface BodyProps {
  open: Talk | null;
  bot: string;
  title: string;
  onConnect: () => void;
  onEdit: (text: string) => void;
}

function Body({ open, bot, title, onConnect, onEdit }: BodyProps) {
  const pending = pendingHere.value;
  if (open?.trouble.value) return <Trouble open={open} />;
  const ready = open?.ready.value && known.value;
  const said = ready && (open.messages.value.length > 0 || open.cards.value.length > 0);
  if (said || pending.length)
    return <SaidView talk={ready ? open : null} pending={pending} title={title} onEdit={onEdit} />;
  if (open && !ready) return <div class="log opening"><Waiting /></div>;
  const own = botNamed(bot)?.model ?? "";
  const model = (open ? open.conversation.value?.model : freshModelName()) ?? own;
  return (
    <Hello name={callName(bot)} bare={own === OFFLINE} offline={model === OFFLINE} onConnect={onConnect}
      onTry={(text) => void send(text)} />
  );
}

/** Whether the conversation is not there, or not for whoever looks. */
function isGone(open: Talk | null): boolean {
  const error = open?.trouble.value;
  return error instanceof Refused && error.status === 404;
}

function Trouble({ open }: { open: Talk }) {
  if (isGone(open))
    return (
      <div class="log opening">
        <div class="empty">
          <Icon name="info" />
          <strong>{t("talk.gone_title")}</strong>
          <p>{t("talk.gone_text")}</p>
          <a class="button main" href="/">{t("app.lost_do")}</a>
        </div>
      </div>
    );
  return (
    <div class="log opening">
      <Failed error={open.why ?? ""} again={() => void open.open()} />
    </div>
  );
}

/** Said only where it lasts: a line that is back at once needs no words. */
function Lost() {
  const told = useSignal(false);
  const lost = link.value === "lost";
  useEffect(() => {
    if (!lost) {
      told.value = false;
      return undefined;
    }
    const timer = setTimeout(() => (told.value = true), 2_500);
    return () => clearTimeout(timer);
  }, [lost]);
  if (!told.value) return null;
  return <p class="link-lost" role="status"><Icon name="warning" />{t("app.link_lost")}</p>;
}
