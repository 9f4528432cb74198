// Takes in an export of conversations: a file dropped anywhere on the page, or chosen.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { query } from "../api/client";
import { told } from "../api/errors";
import { callName } from "../state/bots";
import { me } from "../state/me";
import { t } from "../texts";
import { Button, Dialog, Failed, Icon } from "../ui";
import { type Imported, send, type Sending } from "./sending";
import "./drop.css";

export interface ImportDropProps {
  /** Whose conversations they become. */
  bot: string;
  /** Something was taken in. */
  onDone: (imported: Imported) => void;
  /** Renders the button: it gets what opens the choice of a file. Without it there is none. */
  children?: (choose: () => void) => ComponentChildren;
}

export default function ImportDrop({ bot, onDone, children }: ImportDropProps) {
  const [file, take] = useState<File | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const over = useDropped(take, file === null);
  // Somebody may have asked for it before there was anything to open.
  const asked = useRef(false);
  const choose = () => {
    asked.current = !input.current;
    input.current?.click();
  };
  useLayoutEffect(() => {
    if (asked.current) choose();
  });
  return (
    <>
      {children?.(choose)}
      <input ref={input} type="file" hidden tabIndex={-1} aria-label={t("importing.choose")}
        accept=".json,.zip,.jsonl,application/json,application/zip"
        onChange={(event) => {
          take(event.currentTarget.files?.[0] ?? null);
          event.currentTarget.value = "";
        }} />
      {over && (
        <div class="drop-here" aria-hidden="true">
          <div>
            <Icon name="import" />
            <p>{t("importing.drop")}</p>
          </div>
        </div>
      )}
      {file && <ImportDialog key={file.name} file={file} bot={bot} onClose={() => take(null)} onDone={onDone} />}
    </>
  );
}

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/** Whether a file is held over the page; a file that is dropped is handed on. */
function useDropped(take: (file: File) => void, wanted: boolean): boolean {
  const [over, hold] = useState(false);
  useEffect(() => {
    let depth = 0;
    const end = () => {
      depth = 0;
      hold(false);
    };
    const listeners: Record<string, (event: DragEvent) => void> = {
      dragenter: (event) => {
        if (!hasFiles(event)) return;
        depth += 1;
        hold(wanted);
      },
      dragleave: (event) => {
        if (!hasFiles(event)) return;
        depth -= 1;
        if (depth <= 0) end();
      },
      // Without this the browser would open the file in place of the page.
      dragover: (event) => hasFiles(event) && event.preventDefault(),
      drop: (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        end();
        const file = event.dataTransfer?.files[0];
        if (file && wanted) take(file);
      },
    };
    const all = Object.entries(listeners) as [string, EventListener][];
    for (const [name, listener] of all) addEventListener(name, listener);
    return () => {
      for (const [name, listener] of all) removeEventListener(name, listener);
    };
  }, [wanted]);
  return over;
}

interface ImportProps {
  file: File;
  bot: string;
  onClose: () => void;
  onDone: (imported: Imported) => void;
}

/** What keeps a file from being sent at all. */
function unfit(file: File): string | null {
  const most = me.value?.upload ?? Infinity;
  if (!file.size) return t("importing.empty");
  return file.size > most ? t("importing.too_large", file.size, most) : null;
}

function ImportDialog({ file, bot, onClose, onDone }: ImportProps) {
  const [share, sent] = useState<number | null>(null);
  const [result, show] = useState<Imported | null>(null);
  const [error, say] = useState<string | null>(unfit(file));
  const sending = useRef<Sending | null>(null);
  useEffect(() => () => sending.current?.stop(), []);

  const begin = async () => {
    say(null);
    sent(0);
    sending.current = send(query("/api/import", { bot, name: file.name }), file, sent);
    try {
      const imported = await sending.current.done;
      show(imported);
      onDone(imported);
    } catch (why) {
      if (!(why instanceof DOMException)) say(told(why));
    } finally {
      sending.current = null;
      sent(null);
    }
  };
  const close = () => {
    sending.current?.stop();
    onClose();
  };

  const busy = share !== null;
  const buttons = result ? (
    <>
      <Button onClick={close}>{t("ui.close")}</Button>
      <a class="button main" href="/" onClick={close}>
        {t("importing.show")}
      </a>
    </>
  ) : (
    <>
      <Button onClick={busy ? () => sending.current?.stop() : close}>{t(busy ? "importing.stop" : "ui.cancel")}</Button>
      <Button look="main" icon="import" busy={busy} disabled={unfit(file) !== null} autofocus onClick={() => void begin()}>
        {t("importing.do")}
      </Button>
    </>
  );
  return (
    <Dialog title={t(result ? "importing.done_title" : "importing.title")} onClose={close} footer={buttons}>
      <div class="stack">
        {result ? (
          <Result result={result} />
        ) : (
          <>
            <p class="file-name">
              <Icon name="file" />
              <strong>{t("importing.file", file.name, file.size)}</strong>
            </p>
            <p>{t("importing.text", callName(bot))}</p>
            <p class="soft">{t("importing.kinds")}</p>
            {!/\.(json|jsonl|zip)$/i.test(file.name) && (
              <div class="notice" role="note">
                <Icon name="warning" />
                <div>{t("importing.strange")}</div>
              </div>
            )}
          </>
        )}
        {busy && <Progress share={share} />}
        {error && <Failed error={error} />}
      </div>
    </Dialog>
  );
}

function Progress({ share }: { share: number }) {
  const percent = Math.floor(share * 100);
  const words = t(share < 1 ? "importing.sending" : "importing.reading");
  return (
    <div>
      <p role="status">{words}</p>
      <progress class="progress" max={1} value={share < 1 ? share : undefined} aria-label={t("importing.progress", percent)} />
    </div>
  );
}

function Result({ result }: { result: Imported }) {
  return (
    <div class="notice good" role="status">
      <Icon name="check" />
      <div>
        <p>{t("importing.done", result.conversations, result.messages)}</p>
        <p>{result.new ? t("importing.done_new", result.new) : t("importing.done_nothing")}</p>
      </div>
    </div>
  );
}
