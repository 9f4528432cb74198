// What the model would read next, to the letter, before anything is said.

import { useState } from "preact/hooks";
import { post } from "../api/client";
import { told } from "../api/errors";
import { t } from "../texts";
import type { Id, Preview } from "../types";
import { Button, Failed, Field } from "../ui";
import { BudgetBar } from "./bar";
import { ReceiptGroups } from "./saw";

interface NextProps {
  conversation: number;
  name: string;
  onJump: (id: Id) => void;
}

export function NextPrompt({ conversation, name, onJump }: NextProps) {
  const [text, write] = useState("");
  const [busy, work] = useState(false);
  const [preview, show] = useState<Preview | null>(null);
  const [error, say] = useState<string | null>(null);

  const look = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    if (!text.trim()) return say(t("memory.preview_empty"));
    work(true);
    say(null);
    try {
      show(await post<Preview>(`/api/conversations/${conversation}/preview`, { text }));
    } catch (why) {
      say(told(why));
    } finally {
      work(false);
    }
  };

  return (
    <section aria-labelledby="preview-title">
      <div class="part-head">
        <h2 id="preview-title">{t("memory.preview")}</h2>
      </div>
      <p class="soft">{t("memory.preview_text", name)}</p>
      <form class="writing" onSubmit={(event) => void look(event)}>
        <Field label={t("memory.preview_label")}>
          {(tied) => (
            <textarea {...tied} class="input" rows={2} value={text}
              onInput={(event) => write(event.currentTarget.value)} />
          )}
        </Field>
        <div class="row">
          <Button type="submit" small busy={busy}>
            {t("memory.preview_do")}
          </Button>
        </div>
      </form>
      {error && <Failed error={error} />}
      {preview && <Shown preview={preview} onJump={onJump} />}
    </section>
  );
}

const roles = {
  system: "memory.role_system",
  user: "memory.role_user",
  assistant: "memory.role_assistant",
} as const;

function Shown({ preview, onJump }: { preview: Preview; onJump: (id: Id) => void }) {
  return (
    <div class="stack" aria-live="polite">
      <BudgetBar receipt={preview.receipt} />
      <ReceiptGroups receipt={preview.receipt} unsaid onJump={onJump} />
      <h3>{t("memory.preview_lines", preview.prompt.length)}</h3>
      <ol role="list" class="prompt">
        {preview.prompt.map((line, index) => {
          const role = line.role in roles ? t(roles[line.role as keyof typeof roles]) : line.role;
          return (
            <li key={index}>
              <span class="prompt-role">{line.name ? `${role} · ${line.name}` : role}</span>
              <pre tabIndex={0} aria-label={role}>{line.content}</pre>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
