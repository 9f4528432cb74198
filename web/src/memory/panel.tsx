// Beside the talk: what the bot remembers, what it saw for a reply, and who it is.

import { useEffect, useState } from "preact/hooks";
import { callName } from "../state/bots";
import { returns } from "../state/live";
import { t } from "../texts";
import type { Conversation, Id } from "../types";
import { Tabs } from "../ui";
import { About } from "./about";
import { Facts } from "./facts";
import { NextPrompt } from "./preview";
import { Saw } from "./saw";
import { Summaries } from "./summaries";
import "./panel.css";

export type PanelTab = "memory" | "saw" | "bot";

export interface MemoryPanelProps {
  conversation: Conversation | null;
  /** The bot's name in the settings. */
  bot: string;
  /** The reply that somebody asked about; null: the newest. */
  message: Id | null;
  tab: PanelTab;
  /** The tab is kept by whoever shows the panel, or else by the panel. */
  onTab?: (tab: PanelTab) => void;
  /** Shows a message, which may be in another conversation. */
  onJump: (id: Id) => void;
}

/** When facts may have been read from a message: the offline model is quick, others take their time. */
const later = [1_000, 4_000, 12_000, 40_000];

/**
 * Another one when something may be new: at once with a message, when it has been read for facts, and
 * when the line is back.
 */
function useNews(last: number | undefined): string {
  const [round, count] = useState(0);
  useEffect(() => {
    const timers = later.map((time) => setTimeout(() => count((n) => n + 1), time));
    return () => timers.forEach(clearTimeout);
  }, [last]);
  return `${last ?? 0} ${round} ${returns.value}`;
}

export default function MemoryPanel({ conversation, bot, message, tab, onTab, onJump }: MemoryPanelProps) {
  const [own, turn] = useState<PanelTab>(tab);
  const news = useNews(conversation?.last_seq);
  useEffect(() => turn(tab), [tab, message]);
  const name = callName(bot);
  const current = onTab ? tab : own;
  return (
    <div class="memory-panel">
      <Tabs<PanelTab>
        label={t("memory.label")}
        current={current}
        onPick={onTab ?? turn}
        tabs={[
          { id: "memory", label: t("memory.tab_memory") },
          { id: "saw", label: t("memory.tab_saw", name) },
          { id: "bot", label: t("memory.tab_bot") },
        ]}
      >
        {current === "memory" && (
          <>
            <Facts bot={bot} name={name} news={news} onJump={onJump} />
            {conversation && (
              <Summaries conversation={conversation.id} news={news} onJump={onJump} />
            )}
            {conversation && (
              <NextPrompt key={conversation.id} conversation={conversation.id} name={name} onJump={onJump} />
            )}
          </>
        )}
        {current === "saw" && (
          <Saw key={conversation?.id} conversation={conversation} name={name} message={message} news={news} onJump={onJump} />
        )}
        {current === "bot" && <About bot={bot} conversation={conversation} />}
      </Tabs>
    </div>
  );
}
