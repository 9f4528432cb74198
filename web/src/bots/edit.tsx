// One bot as a form: made, changed or only looked at.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { put } from "../api/client";
import { Refused, told } from "../api/errors";
import { bots, loadBots, vendors } from "../state/bots";
import { number, t } from "../texts";
import type { Bot } from "../types";
import { Button, confirm, Field, Icon, IconButton, toast } from "../ui";
import { type Form, givenOf, placed, wrong as wrongIn, type Wrong } from "./form";
import { ModelPart, ParametersPart, type PartProps } from "./model";
import { MemoryPart } from "./remember";

export interface EditProps {
  /** What the form begins with. */
  begin: Form;
  /** Null: it is a new bot. */
  bot: Bot | null;
  /** May be changed here by this person. */
  changes: boolean;
  why: string | null;
  onBack: () => void;
  onCopy: (() => void) | null;
  onSaved: (name: string, talk: boolean) => void;
}

export function EditBot({ begin, bot, changes, why, onBack, onCopy, onSaved }: EditProps) {
  const [form, set] = useState(begin);
  const [tried, attempt] = useState(false);
  const [refused, refuse] = useState<Wrong>({});
  const [busy, work] = useState<"save" | "talk" | null>(null);
  const box = useRef<HTMLFormElement>(null);
  const dirty = useMemo(() => JSON.stringify(form) !== JSON.stringify(begin), [form, begin]);
  const taken = bot ? [] : bots.value.map((one) => one.name);
  const mistakes = wrongIn(form, taken);
  // While it is first filled in nothing is held against it but what can be seen to be too much.
  const seen = tried ? mistakes : mistakes.memory ? { memory: mistakes.memory } : {};
  const shown: Wrong = { ...refused, ...seen };
  useWarning(dirty && changes);

  const change = (some: Partial<Form>) => {
    set((was) => ({ ...was, ...some }));
    refuse({});
  };
  const save = async (talk: boolean) => {
    attempt(true);
    if (Object.keys(mistakes).length) return showFirst(box.current);
    work(talk ? "talk" : "save");
    try {
      await put<Bot>(`/api/bots/${encodeURIComponent(form.name)}`, givenOf(form));
      await loadBots();
      toast(t("bots.saved", form.name));
      onSaved(form.name, talk);
    } catch (error) {
      work(null);
      refuse(error instanceof Refused ? placed(error.message, form) : { "": told(error) });
      showFirst(box.current);
    }
  };
  const back = async () => {
    const lose = { title: t("ui.unsaved"), text: t("ui.unsaved_text"), yes: t("ui.discard_changes"), danger: true };
    if (!(dirty && changes) || (await confirm(lose))) onBack();
  };

  const part: PartProps = { form, wrong: shown, change };
  const title = bot ? (changes ? t("bots.edit_title", bot.name) : bot.name) : t("bots.new_title");
  return (
    <div class="bots">
      <header class="bots-head">
        <IconButton icon="left" label={t("bots.back")} onClick={() => void back()} />
        <h1>{title}</h1>
      </header>
      {why && (
        <div class="notice">
          <Icon name="info" />
          <div>{why}</div>
          {onCopy && (
            <Button small icon="copy" onClick={onCopy}>
              {t("bots.copy")}
            </Button>
          )}
        </div>
      )}
      <form ref={box} noValidate class="bot-form" aria-label={title}
        onSubmit={(event) => {
          event.preventDefault();
          void save(false);
        }}>
        <Mistakes wrong={tried || Object.keys(refused).length ? shown : {}} />
        <fieldset disabled={!changes}>
          <WhoPart {...part} isNew={!bot} />
          <ModelPart {...part} />
          <MemoryPart {...part} />
          <ParametersPart {...part} />
          <ChoicesPart {...part} />
        </fieldset>
        {changes && (
          <footer class="bot-foot">
            <Button type="submit" busy={busy === "save"} disabled={!dirty && !!bot}>
              {t("bots.save")}
            </Button>
            <Button look="main" icon="web" busy={busy === "talk"} onClick={() => void save(true)}>
              {t("bots.save_try")}
            </Button>
            {dirty && (
              <Button look="quiet" icon="undo" onClick={() => set(begin)}>
                {t("bots.undo")}
              </Button>
            )}
          </footer>
        )}
      </form>
    </div>
  );
}

/** The browser asks before a page with changes is left or loaded again. */
function useWarning(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [dirty]);
}

function showFirst(form: HTMLElement | null): void {
  requestAnimationFrame(() => {
    const field = form?.querySelector<HTMLElement>('[aria-invalid="true"]');
    (field ?? form?.querySelector<HTMLElement>('[role="alert"]'))?.scrollIntoView({ block: "center" });
    field?.focus({ preventScroll: true });
  });
}

function Mistakes({ wrong }: { wrong: Wrong }) {
  const sentences = [...new Set(Object.values(wrong))];
  if (!sentences.length) return null;
  return (
    <div class="notice bad" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{t("bots.wrong", sentences.length)}</strong>
        <ul>
          {sentences.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function WhoPart({ form, wrong, change, isNew }: PartProps & { isNew: boolean }) {
  const words = form.instructions.trim().split(/\s+/).filter(Boolean).length;
  return (
    <section aria-labelledby="form-who">
      <h2 id="form-who">{t("bots.who")}</h2>
      <div class="grid-2">
        {isNew && (
          <Field label={t("bots.name")} hint={t("bots.name_hint")} error={wrong.name}>
            {(tied) => (
              <input {...tied} class="input" value={form.name} maxLength={64} spellcheck={false}
                autocomplete="off" onInput={(event) => change({ name: event.currentTarget.value.trim() })} />
            )}
          </Field>
        )}
        <Field label={t("bots.called")} hint={t("bots.called_hint")} error={wrong.called}>
          {(tied) => (
            <input {...tied} class="input" value={form.called} maxLength={64} placeholder={form.name} autocomplete="off"
              onInput={(event) => change({ called: event.currentTarget.value })} />
          )}
        </Field>
      </div>
      <Field label={t("bots.instructions")} hint={t("bots.instructions_hint")} error={wrong.instructions}>
        {(tied) => (
          <textarea {...tied} class="input instructions" rows={10} value={form.instructions}
            placeholder={t("bots.instructions_example")}
            onInput={(event) => change({ instructions: event.currentTarget.value })} />
        )}
      </Field>
      <p class="soft numbers">{t("bots.words", words)}</p>
    </section>
  );
}

function ChoicesPart({ form, wrong, change }: PartProps) {
  const set = (at: number, value: string) =>
    change({ choices: form.choices.map((one, index) => (index === at ? value : one)) });
  const known = vendors.value.map((one) => one.name).join(", ");
  return (
    <section aria-labelledby="form-choices">
      <h2 id="form-choices">{t("bots.choices")}</h2>
      <p class="soft">{t("bots.choices_hint")}</p>
      {!form.choices.length && <p class="soft">{t("bots.choices_none")}</p>}
      {form.choices.map((choice, at) => (
        <div class="choice-row" key={at}>
          <Field label={t("bots.choice_n", number(at + 1))} onlyHeard error={wrong[`choices.${at}`]}>
            {(tied) => (
              <input {...tied} class="input" value={choice} spellcheck={false} autocomplete="off"
                placeholder={t("bots.choices_example")} title={known}
                onInput={(event) => set(at, event.currentTarget.value)} />
            )}
          </Field>
          <IconButton icon="trash" label={t("bots.choices_remove", choice || number(at + 1))}
            onClick={() => change({ choices: form.choices.filter((_one, index) => index !== at) })} />
        </div>
      ))}
      {wrong.choices && (
        <p class="field-error">
          <Icon name="warning" />
          <span>{wrong.choices}</span>
        </p>
      )}
      <div>
        <Button small icon="add" onClick={() => change({ choices: [...form.choices, ""] })}>
          {t("bots.choices_add")}
        </Button>
      </div>
    </section>
  );
}
