// Beside the talk: a new conversation, the search, the list, and the way to all else.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { go, route } from "../routes";
import { conversations, everybody } from "../state/conversations";
import { renew } from "../state/fresh";
import { closeSheet, list, toggle } from "../state/layout";
import { me } from "../state/me";
import { hits, search, wanted } from "../state/search";
import { chooseImport } from "../state/importing";
import { t } from "../texts";
import { type Entry, Icon, type IconName, IconButton, Menu, Switch } from "../ui";
import { ForgetDialog } from "../views";
import { control } from "../shortcuts/keys";
import { Hits } from "./hits";
import { List } from "./list";
import "./sidebar.css";

export const SEARCH = "search";

/** Begins anew; what was begun to be written goes along. */
export function beginNew(blank = false): void {
  renew({ blank });
  closeSheet();
  go("/");
}

/** The mark and the name; with an `href` a way there. */
export function Brand({ href }: { href?: string }) {
  const shown = <><span class="ring" aria-hidden="true" />{t("app.name")}</>;
  if (!href) return <span class="brand-name">{shown}</span>;
  return <a href={href} class="brand-name" onClick={closeSheet}>{shown}</a>;
}

export function Sidebar() {
  const forgetting = useSignal(false);
  return (
    <div class="sidebar">
      <div class="brand">
        <Brand href="/" />
        <More onForget={() => (forgetting.value = true)} />
        <IconButton icon="menu" label={t("app.list_hide")} aria-expanded="true" class="list-close"
          onClick={() => toggle("list")} />
      </div>
      <button type="button" class="button plain begin" onClick={() => beginNew()}>
        <Icon name="new" />
        <span>{t("sidebar.new")}</span>
        {list.value === "column" && <kbd aria-hidden="true">{control} K</kbd>}
      </button>
      <Search />
      <nav class="scrolls" aria-label={t("sidebar.label")}>
        {me.value?.owner && me.value.login && (everybody.value || conversations.items.value.length > 0) && <Everybody />}
        {hits.value || wanted.value.trim() ? (
          <Hits />
        ) : (
          <List listing={conversations}>
            <div class="empty">
              <strong>{t("sidebar.none")}</strong>
              <p>{t("sidebar.none_text")}</p>
            </div>
          </List>
        )}
      </nav>
      <Foot />
      {forgetting.value && (
        <ForgetDialog what="me" title={t("sidebar.forget_all_title")} yes={t("sidebar.forget_all_yes")}
          onClose={() => (forgetting.value = false)}
          onDone={() => {
            forgetting.value = false;
            void conversations.load();
            go("/", { replace: true });
          }} />
      )}
    </div>
  );
}

function More({ onForget }: { onForget: () => void }) {
  const entries: (Entry | "line")[] = [
    { label: t("sidebar.blank"), icon: "new", onPick: () => beginNew(true) },
    { label: t("sidebar.import"), icon: "import", onPick: chooseImport },
    { label: t("sidebar.archive"), icon: "archive", href: "/archive", onPick: closeSheet },
    "line",
    { label: t("sidebar.forget_all"), icon: "trash", danger: true, onPick: onForget },
  ];
  return (
    <Menu label={t("sidebar.more")} entries={entries} align="end">
      {(opener) => (
        <button type="button" {...opener} class="button quiet square" aria-label={t("sidebar.more")} data-tip={t("sidebar.more")}>
          <Icon name="more" />
        </button>
      )}
    </Menu>
  );
}

function Search() {
  const box = useRef<HTMLInputElement>(null);
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Escape" && wanted.value) {
      search("");
      event.stopPropagation();
    } else if (event.key === "ArrowDown" || event.key === "Enter") {
      const first = document.querySelector<HTMLElement>(".hit > a");
      if (!first || event.isComposing) return;
      if (event.key === "Enter") first.click();
      else first.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <search class="search">
      <Icon name="search" />
      <input id={SEARCH} ref={box} class="input" type="search" placeholder={t("sidebar.search")}
        aria-label={t("sidebar.search")} value={wanted.value} autocomplete="off" dir="auto"
        onInput={(event) => search(event.currentTarget.value)} onKeyDown={pressed} />
      {wanted.value && (
        <IconButton icon="close" small label={t("sidebar.search_clear")} class="search-clear"
          onClick={() => {
            search("");
            box.current?.focus();
          }} />
      )}
    </search>
  );
}

/** An owner may look at everybody's conversations. */
function Everybody() {
  const turn = (on: boolean) => {
    everybody.value = on;
    void conversations.load(on);
    if (wanted.peek()) search(wanted.peek());
  };
  return (
    <div class="everybody">
      <Switch label={t("sidebar.everybody")} on={everybody.value} onChange={turn} />
    </div>
  );
}

function Foot() {
  const links: { href: string; icon: IconName; label: string; view: string }[] = [
    { href: "/bots", icon: "bot", label: t("sidebar.bots"), view: "bots" },
    { href: "/archive", icon: "archive", label: t("sidebar.archive"), view: "archive" },
    { href: "/settings", icon: "settings", label: t("sidebar.settings"), view: "settings" },
  ];
  return (
    <nav class="foot" aria-label={t("sidebar.elsewhere")}>
      {links.map(({ href, icon, label, view }) => (
        <a key={href} href={href} onClick={closeSheet} aria-current={route.value.view === view ? "page" : undefined}>
          <Icon name={icon} />
          {label}
        </a>
      ))}
    </nav>
  );
}
