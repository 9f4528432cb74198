// Asks before anything is forgotten: first what would go with it, in words, then whether to do it.

import { useState } from "preact/hooks";
import { post } from "../api/client";
import { told } from "../api/errors";
import { forgetReceipts } from "../state/receipts";
import { t } from "../texts";
import type { Forgotten, Id } from "../types";
import { Button, Choice, Dialog, Failed, toast, useLoaded, Waiting } from "../ui";

export interface ForgetProps {
  /** `12.3`, `f5`, `12` (a conversation) or `me`. */
  what: string;
  title?: string;
  yes?: string;
  /** Facts in words, by their ids, as far as they are at hand. */
  names?: ReadonlyMap<Id, string>;
  onClose: () => void;
  onDone: (forgotten: Forgotten) => void;
}

type Replies = "all" | "quoting";

const isFact = (what: string) => /^f\d+$/.test(what);

export default function ForgetDialog({ what, title, yes, names, onClose, onDone }: ForgetProps) {
  const [replies, pick] = useState<Replies>(isFact(what) ? "quoting" : "all");
  const [busy, work] = useState(false);
  const [error, say] = useState<string | null>(null);
  const [asks, ask] = useState(false);
  const dry = useLoaded(async () => {
    const dryRun = (of: Replies) => post<Forgotten>("/api/forget", { what, replies: of, sure: false });
    const would = await dryRun(replies);
    // There is a choice where a reply had it before it, though it may not repeat it.
    if (!asks && (would.redacted.length || (await dryRun("all")).redacted.length)) ask(true);
    return would;
  }, [what, replies]);

  const forget = async () => {
    work(true);
    say(null);
    try {
      const forgotten = await post<Forgotten>("/api/forget", { what, replies, sure: true });
      forgetReceipts();
      toast(t("memory.forgotten"));
      onDone(forgotten);
    } catch (why) {
      say(told(why));
      work(false);
    }
  };

  const buttons = (
    <>
      <Button onClick={onClose} autofocus>
        {t("ui.cancel")}
      </Button>
      <Button look="main" danger busy={busy} disabled={!dry.value} onClick={() => void forget()}>
        {yes ?? t("memory.forget_yes")}
      </Button>
    </>
  );
  return (
    <Dialog title={title ?? t("memory.forget_title")} onClose={onClose} footer={buttons}>
      <div class="stack">
        {dry.value ? <Would would={dry.value} names={names} /> : !dry.error && <Waiting />}
        {asks && (
          <Choice<Replies>
            label={t("memory.forget_replies")}
            value={replies}
            onChange={pick}
            options={[
              { value: "all", label: t("memory.forget_all") },
              { value: "quoting", label: t("memory.forget_quoting") },
            ]}
          />
        )}
        {dry.error && <Failed error={dry.error} again={dry.reload} />}
        {error && <Failed error={error} />}
      </div>
    </Dialog>
  );
}

/** Says which facts they are, where the server says only their ids. */
export function spelled(sentence: string, names: ReadonlyMap<Id, string>): string {
  return sentence.replace(/\bf\d+\b/g, (id) => {
    const words = names.get(id);
    return words ? `“${words}”` : id;
  });
}

function Would({ would, names }: { would: Forgotten; names: ReadonlyMap<Id, string> | undefined }) {
  if (!would.told.length) return <p>{t("memory.forget_nothing")}</p>;
  return (
    <div class="stack" aria-live="polite">
      {would.told.map((sentence, index) => (
        <p key={index}>{names ? spelled(sentence, names) : sentence}</p>
      ))}
      <p>{t("memory.forget_final")}</p>
    </div>
  );
}
