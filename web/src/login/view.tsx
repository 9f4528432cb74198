// Who is there? Shown where the server wants to know.

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { told } from "../api/errors";
import { logIn } from "../state/me";
import { t } from "../texts";
import { Button, Failed, Field } from "../ui";
import "./login.css";

export default function LoginView({ onDone }: { onDone: () => void }) {
  const first = useRef<HTMLInputElement>(null);
  const busy = useSignal(false);
  const error = useSignal<string | null>(null);
  const missing = useSignal<{ name?: string; password?: string }>({});
  useLayoutEffect(() => first.current?.focus(), []);

  const sent = async (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const [name, password] = [String(data.get("name")).trim(), String(data.get("password"))];
    missing.value = {
      ...(name ? {} : { name: t("login.name_missing") }),
      ...(password ? {} : { password: t("login.password_missing") }),
    };
    if (!name || !password || busy.value) return;
    busy.value = true;
    error.value = null;
    try {
      await logIn(name, password);
      onDone();
    } catch (why) {
      error.value = told(why);
    } finally {
      busy.value = false;
    }
  };

  return (
    <main class="login">
      <form class="login-box stack" onSubmit={(event) => void sent(event)} noValidate>
        <p class="brand-name"><span class="ring" aria-hidden="true" />{t("app.name")}</p>
        <h1>{t("login.title")}</h1>
        <p class="soft">{t("login.lead")}</p>
        {error.value && <Failed error={error.value} />}
        <Field label={t("login.name")} error={missing.value.name ?? null}>
          {(tied) => <input {...tied} ref={first} class="input" name="name" autocomplete="username" autocapitalize="none" spellcheck={false} />}
        </Field>
        <Field label={t("login.password")} error={missing.value.password ?? null}>
          {(tied) => <input {...tied} class="input" name="password" type="password" autocomplete="current-password" />}
        </Field>
        <Button look="main" type="submit" busy={busy.value}>
          {t(busy.value ? "login.doing" : "login.do")}
        </Button>
        <p class="soft">{t("login.help")} <code>{t("login.help_command")}</code>.</p>
      </form>
    </main>
  );
}
