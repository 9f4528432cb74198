// Where one says a message otherwise: in its place.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { enterSends } from "../settings/state";
import { t } from "../texts";
import { Button } from "../ui";
import { sends } from "./keys";

interface EditorProps {
  text: string;
  onSave: (text: string) => void;
  onClose: () => void;
}

export function Editor({ text, onSave, onClose }: EditorProps) {
  const [words, write] = useState(text);
  const box = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    box.current?.focus();
    box.current?.setSelectionRange(text.length, text.length);
  }, []);
  const save = () => {
    const said = words.trim();
    if (said && said !== text.trim()) onSave(said);
    else onClose();
  };
  const pressed = (event: KeyboardEvent) => {
    if (sends(event, enterSends.value)) save();
    else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="editor">
      <textarea ref={box} class="input" aria-label={t("talk.edit_label")} dir="auto" value={words}
        onInput={(event) => write(event.currentTarget.value)} onKeyDown={pressed} />
      <div class="row">
        <small>{t("talk.edit_hint")}</small>
        <Button small onClick={onClose}>{t("talk.edit_cancel")}</Button>
        <Button small look="main" onClick={save} disabled={!words.trim()}>
          {t("talk.edit_save")}
        </Button>
      </div>
    </div>
  );
}
