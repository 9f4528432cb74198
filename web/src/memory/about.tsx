// The bot of a talk at a glance: persona, model, parameters, memory.

import { botNamed } from "../state/bots";
import { number, t } from "../texts";
import type { Bot, Conversation, Given } from "../types";
import { Icon } from "../ui";
import { sharesOf, WINDOW } from "../bots/shares";
import { wantedBot } from "../bots/wanted";
import { memoryName } from "../bots/words";
import { ShareBar } from "../bots/sharebar";

const told = [
  "temperature",
  "top_p",
  "max_tokens",
  "presence_penalty",
  "frequency_penalty",
  "seed",
  "context_window",
  "timeout",
  "retries",
] as const;

function withUnit(name: (typeof told)[number], value: number): string {
  if (name === "timeout") return t("memory.unit_seconds", value);
  if (name === "retries") return t("memory.unit_times", value);
  if (name === "max_tokens" || name === "context_window") return t("memory.tokens", number(value));
  return number(value, 3);
}

/** The parameters that a bot's model has, by their names. */
function parameters(model: Given["model"]): [string, string][] {
  const numbers = told.flatMap((name): [string, string][] => {
    const value = model[name];
    return value === undefined || value === null ? [] : [[t(`bots.${name}`), withUnit(name, value)]];
  });
  const stops = [model.stop ?? []].flat();
  return stops.length ? [...numbers, [t("bots.stop"), stops.map((s) => JSON.stringify(s)).join(", ")]] : numbers;
}

export function About({ bot: name, conversation }: { bot: string; conversation: Conversation | null }) {
  const bot = botNamed(name);
  if (!bot) return null;
  const { persona, model } = bot.given;
  const picked = conversation?.model;
  const set = parameters(model);
  return (
    <div class="stack about">
      <section aria-labelledby="about-persona">
        <h2 id="about-persona">{t("memory.bot_persona")}</h2>
        <p class="about-name">{persona.name}</p>
        <p class="told instructions" tabIndex={0}>{persona.instructions}</p>
      </section>
      <section aria-labelledby="about-model">
        <h2 id="about-model">{t("memory.bot_model")}</h2>
        <p class="about-model">{picked ? t("memory.bot_picked", picked) : bot.model}</p>
        {bot.choices.length > 0 && (
          <p class="soft">
            {t("memory.bot_choices")}: {bot.choices.join(", ")}
          </p>
        )}
      </section>
      <section aria-labelledby="about-parameters">
        <h2 id="about-parameters">{t("memory.bot_parameters")}</h2>
        {!set.length && <p class="soft">{t("memory.bot_parameters_none")}</p>}
        <dl class="pairs numbers">
          {set.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </section>
      <Memories bot={bot} />
      <p>
        <a class="button plain" href="/bots" onClick={() => (wantedBot.value = name)}>
          <Icon name={bot.source === "file" ? "bot" : "edit"} />
          {t(bot.source === "file" ? "memory.bot_look" : "memory.bot_edit")}
        </a>
      </p>
    </div>
  );
}

function Memories({ bot }: { bot: Bot }) {
  const { shares, last } = sharesOf(bot.given.memory);
  return (
    <section aria-labelledby="about-memory">
      <h2 id="about-memory">{t("memory.bot_memory")}</h2>
      <ShareBar shares={shares} />
      <dl class="pairs numbers">
        {shares.map((one) => (
          <div key={one.name}>
            <dt>{memoryName(one.name)}</dt>
            <dd>{t("memory.bot_share", number(one.share, 1), number(one.most))}</dd>
          </div>
        ))}
        <div>
          <dt>{memoryName(WINDOW)}</dt>
          <dd>{last === null ? t("memory.bot_window_fits") : t("memory.bot_window_last", last)}</dd>
        </div>
      </dl>
    </section>
  );
}
