// Settings: how the page looks and writes, who one is, the connected models, and one's own data.

import { useState } from "preact/hooks";
import { connectable, usable, vendorName } from "../connect/vendors";
import ConnectDialog, { disconnect } from "../connect/dialog";
import ForgetDialog from "../memory/forget";
import { loadVendors, vendors } from "../state/bots";
import { logOut, me } from "../state/me";
import { languages, t } from "../texts";
import { told } from "../api/errors";
import { Button, Choice, Failed, Field, Select, Switch, toast, useLoaded } from "../ui";
import { exportAll } from "./exporting";
import { Keys } from "./keys";
import { enterSends, size, sizes, theme, themes, wantedLanguage, type Size, type Theme } from "./state";
import "./view.css";

export default function SettingsView() {
  return (
    <div class="settings">
      <h1>{t("settings.title")}</h1>
      <Look />
      <Writing />
      <Vendors />
      <You />
      <Data />
      <p class="soft">{me.value && t("settings.version", me.value.version)}</p>
    </div>
  );
}

const icons = { system: "settings", light: "sun", dark: "moon" } as const;

function Look() {
  const known = Object.entries(languages).map(([value, { name }]) => ({ value, label: name }));
  return (
    <section aria-labelledby="set-look">
      <h2 id="set-look">{t("settings.look")}</h2>
      <Choice<Theme> label={t("settings.theme")} value={theme.value}
        onChange={(one) => (theme.value = one)}
        options={themes.map((one) => ({ value: one, label: t(`settings.theme_${one}`), icon: icons[one] }))} />
      <Choice<Size> label={t("settings.size")} value={size.value}
        onChange={(one) => (size.value = one)}
        options={sizes.map((one) => ({ value: one, label: t(`settings.size_${one}`) }))} />
      <Field label={t("settings.language")} class="short">
        {(tied) => (
          <Select {...tied} value={wantedLanguage.value} onChange={(tag) => (wantedLanguage.value = tag)}
            options={[{ value: "own", label: t("settings.language_own") }, { value: "en", label: "English" }, ...known]} />
        )}
      </Field>
    </section>
  );
}

function Writing() {
  return (
    <section aria-labelledby="set-writing">
      <h2 id="set-writing">{t("settings.writing")}</h2>
      <Switch label={t("settings.enter")} hint={t(enterSends.value ? "settings.enter_on" : "settings.enter_off")}
        on={enterSends.value} onChange={(on) => (enterSends.value = on)} />
      <Keys />
    </section>
  );
}

function Vendors() {
  const [connecting, connect] = useState(false);
  const { error, reload } = useLoaded(loadVendors, []);
  const some = connectable(vendors.value).filter(usable);
  return (
    <section aria-labelledby="set-vendors">
      <h2 id="set-vendors">{t("settings.vendors")}</h2>
      <p class="soft">{t(some.length ? "settings.vendors_text" : "settings.vendors_none")}</p>
      {error && <Failed error={error} again={reload} />}
      <ul role="list" class="lines">
        {some.map((one) => (
          <li key={one.name}>
            <span>
              {vendorName(one.name)}
              <small>{t(one.connected ? (one.kept ? "connect.is_kept" : "connect.is_connected") : "connect.is_ready")}</small>
            </span>
            {one.connected && (
              <Button small look="quiet" onClick={() => void disconnect(one)}
                aria-label={t("settings.do", t("connect.disconnect"), vendorName(one.name))}>
                {t("connect.disconnect")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <div>
        <Button icon="plug" onClick={() => connect(true)}>
          {t("settings.vendors_connect")}
        </Button>
      </div>
      {connecting && <ConnectDialog onlyConnect onDone={() => connect(false)} />}
    </section>
  );
}

function You() {
  const one = me.value;
  if (!one) return null;
  const leave = () => logOut().catch((error: unknown) => toast(told(error), { bad: true }));
  return (
    <section aria-labelledby="set-you">
      <h2 id="set-you">{t("settings.you")}</h2>
      <p>
        {one.login ? t("settings.you_are", one.name) : t("settings.you_machine")}{" "}
        {one.login && t(one.owner ? "settings.you_owner" : "settings.you_member")}
      </p>
      {one.login && (
        <div>
          <Button icon="logout" onClick={() => void leave()}>
            {t("settings.logout")}
          </Button>
        </div>
      )}
    </section>
  );
}

/** What was begun to be written stays in the browser otherwise. */
function leaveNothing(): void {
  try {
    const ours = Object.keys(localStorage).filter((name) => name.startsWith("tertulia."));
    for (const name of ours) if (name !== "tertulia.settings") localStorage.removeItem(name);
  } catch {
    // The browser keeps nothing for pages.
  }
  location.assign("/");
}

function Data() {
  const [asking, ask] = useState(false);
  const [progress, tell] = useState<string | null>(null);
  const take = async () => {
    try {
      const count = await exportAll((done, all) => tell(t("settings.exporting", done, all)));
      toast(count ? t("settings.exported", count) : t("settings.export_none"));
    } catch (error) {
      toast(told(error), { bad: true });
    } finally {
      tell(null);
    }
  };
  return (
    <section aria-labelledby="set-data">
      <h2 id="set-data">{t("settings.data")}</h2>
      <p>{t("settings.data_text")}</p>
      <div class="action">
        <Button icon="export" busy={progress !== null} onClick={() => void take()}>
          {progress ?? t("settings.export")}
        </Button>
        <p class="soft">{t("settings.export_hint")}</p>
      </div>
      <div class="action">
        <Button danger icon="trash" onClick={() => ask(true)}>
          {t("settings.forget")}
        </Button>
        <p class="soft">{t("settings.forget_hint")}</p>
      </div>
      {asking && (
        <ForgetDialog what="me" title={t("settings.forget_title")} yes={t("settings.forget_yes")}
          onClose={() => ask(false)} onDone={leaveNothing} />
      )}
    </section>
  );
}
