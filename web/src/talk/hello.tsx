// What one sees before anything is said: who is there, and what one may try.

import { useEffect } from "preact/hooks";
import { loadVendors, vendors } from "../state/bots";
import { freshBlank } from "../state/fresh";
import { usual } from "../state/usual";
import { t } from "../texts";
import { Button } from "../ui";
import { ConnectHint } from "../connect/hint";
import { Face } from "./face";

interface HelloProps {
  name: string;
  /** Whether the bot has only the offline model. */
  bare: boolean;
  /** Whether the bot talks without a language model. */
  offline: boolean;
  onTry: (text: string) => void;
  onConnect: () => void;
}

export function Hello({ name, bare, offline, onTry, onConnect }: HelloProps) {
  const blank = freshBlank.value;
  useEffect(() => {
    if (bare && !vendors.peek().length) void loadVendors().catch(() => undefined);
  }, [bare]);
  const connected = vendors.value.length ? vendors.value.some((one) => one.connected) : usual.value !== null;
  const tries = [t("talk.try_remember"), t("talk.try_know"), t("talk.try_do")];
  return (
    <div class="hello">
      <div class="hello-inside">
        <Face name={name} bot />
        <h2>{blank ? t("talk.blank_hello") : t("talk.hello", name)}</h2>
        <p>{blank ? t("talk.blank_text", name) : t("talk.hello_text")}</p>
        <ul role="list" aria-label={t("talk.try")}>
          {tries.map((text) => (
            <li key={text}>
              <Button onClick={() => onTry(text)}>{text}</Button>
            </li>
          ))}
        </ul>
        {offline && !connected && <ConnectHint onConnect={onConnect} />}
      </div>
    </div>
  );
}
