// The summaries of a conversation, with the messages that each stands for.

import { get } from "../api/client";
import { number, t } from "../texts";
import type { Id, Summary } from "../types";
import { Button, Failed, useLoaded, Waiting } from "../ui";
import { failure } from "./quiet";

interface SummariesProps {
  conversation: number;
  news: unknown;
  onJump: (id: Id) => void;
}

export function Summaries({ conversation, news, onJump }: SummariesProps) {
  const read = () => get<{ summaries: Summary[] }>(`/api/conversations/${conversation}/summaries`);
  const loaded = useLoaded(read, [conversation, news]);
  const { value, reload } = loaded;
  const error = failure(loaded);
  return (
    <section aria-labelledby="summaries-title">
      <div class="part-head">
        <h2 id="summaries-title">{t("memory.summaries")}</h2>
      </div>
      {error && <Failed error={error} again={reload} />}
      {!value && !error && <Waiting />}
      {value && !value.summaries.length && <p class="soft">{t("memory.summaries_none")}</p>}
      <ul role="list">
        {value?.summaries.map((one) => (
          <li class="fact" key={one.id}>
            <p class="told">{one.text}</p>
            <div class="fact-foot">
              <span class="fact-origin numbers">
                {t("memory.summary_of", one.count)} · {t("memory.tokens", number(one.tokens))}{" "}
                <Button look="link" onClick={() => onJump(one.first)}>
                  {t("memory.summary_from")}
                </Button>
                {one.upto !== one.first && (
                  <Button look="link" onClick={() => onJump(one.upto)}>
                    {t("memory.summary_upto")}
                  </Button>
                )}
              </span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
