// The page as a whole: who is there, where one is, and what stands beside it.

import { untracked, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect } from "preact/hooks";
import { loggedOut } from "./api/client";
import { told } from "./api/errors";
import { go, pathTo, route, steps } from "./routes";
import { Brand, Sidebar } from "./sidebar/sidebar";
import { SAY } from "./talk/composer";
import { announced } from "./state/announce";
import { loadBots } from "./state/bots";
import { conversations } from "./state/conversations";
import { freshBotName, freshId, moveDraft, renew } from "./state/fresh";
import { importing, importReady } from "./state/importing";
import { closeSheet, list, panel, panelMessage, panelTab } from "./state/layout";
import { closeTalk, connect, openTalk, talk } from "./state/live";
import { loadMe, me } from "./state/me";
import { begun, outboxOf } from "./state/outbox";
import { TalkView } from "./talk/view";
import { ListButton } from "./talk/header";
import { useShortcuts } from "./shortcuts/follow";
import { t } from "./texts";
import type { Id } from "./types";
import { Asking, Failed, Icon, IconButton, Sheet, Tips, Toasts, Waiting } from "./ui";
import { useWindow } from "./window";
import { Archive, BotsView, ImportDrop, KeysDialog, LoginView, MemoryPanel, SettingsView } from "./views";

async function begin(): Promise<void> {
  const one = await loadMe();
  outboxOf(one.account);
  connect();
  // Each of them can be without the other.
  await Promise.all([loadBots(), conversations.load()]);
}

export function App() {
  const error = useSignal<unknown>(null);
  const start = () => {
    error.value = null;
    begin().catch((why: unknown) => {
      if (!loggedOut.peek()) error.value = why;
    });
  };
  useEffect(start, []);
  useWindow();
  return (
    <>
      {body()}
      <p class="only-heard" aria-live="polite" id="announced">{announced.value}</p>
      <Asking />
      <Toasts />
      <Tips />
    </>
  );

  function body() {
    if (loggedOut.value) return <LoginView onDone={start} />;
    if (me.value) return <Page />;
    if (!error.value) return <Begins />;
    return (
      <main class="begin-failed">
        <h1>{t("app.begin_failed")}</h1>
        <Failed error={told(error.value)} again={start} />
      </main>
    );
  }
}

/** As `index.html` begins, so that nothing moves until it is known who is there. */
function Begins() {
  return (
    <main class="begin-wait" aria-busy="true">
      <div class="brand"><Brand /></div>
    </main>
  );
}

/** Opens what the address says. */
function useRoute(): void {
  useSignalEffect(() => {
    void steps.value;
    const here = route.value;
    // It follows the address alone: not what is read while that is opened.
    untracked(() => {
      if (here.view === "talk") openTalk(here.conversation, here.message);
      else if (here.view === "new") closeTalk();
      else if (here.view === "login") go("/", { replace: true });
    });
  });
  useSignalEffect(() => {
    const number = begun.value.get(freshId.value);
    if (number === undefined || route.value.view !== "new") return;
    moveDraft(number);
    renew();
    go(pathTo.talk(number), { replace: true });
  });
  useSignalEffect(() => {
    document.title = pageTitle();
  });
}

function pageTitle(): string {
  const here = route.value;
  if (here.view === "talk") {
    const title = talk.value?.conversation.value?.title;
    return title ? t("app.page", title) : t("app.name");
  }
  if (here.view === "bots") return t("app.page", t("bots.title"));
  if (here.view === "settings") return t("app.page", t("settings.title"));
  return here.view === "archive" ? t("app.page", t("sidebar.archived")) : t("app.name");
}

function Page() {
  const help = useSignal(false);
  useRoute();
  useShortcuts(() => (help.value = true));
  const view = route.value.view;
  const talks = view === "talk" || view === "new" || view === "login";
  return (
    <div class="page" data-list={list.value ?? "none"} data-panel={talks ? (panel.value ?? "none") : "none"}>
      {talks && writes() && <a class="skip button main" href={`#${SAY}`} onClick={skip}>{t("app.skip")}</a>}
      {list.value === "column" && <aside class="side" aria-label={t("app.side")}><Sidebar /></aside>}
      <main class={talks ? "talk" : "view"}>
        {talks ? <TalkView /> : <View />}
      </main>
      {talks && panel.value === "column" && (
        <aside class="panel" aria-label={t("memory.label")}><Panel /></aside>
      )}
      {list.value === "sheet" && (
        <Sheet title={t("app.list")} side="left" onClose={closeSheet}><Sidebar /></Sheet>
      )}
      {talks && panel.value === "sheet" && (
        <Sheet title={t("memory.label")} onClose={closeSheet}>
          <Panel />
          <IconButton icon="close" class="sheet-close" label={t("ui.close")} onClick={closeSheet} />
        </Sheet>
      )}
      {help.value && <KeysDialog onClose={() => (help.value = false)} />}
      <Imports />
    </div>
  );
}

/** Whether there is a box to write in: in one's own talk, and in one that is not begun. */
function writes(): boolean {
  const open = talk.value;
  return !open || (!open.trouble.value && open.conversation.value?.mine !== false);
}

function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById(SAY)?.focus();
}

function View() {
  const view = route.value.view;
  return (
    <>
      <div class="view-head"><ListButton /></div>
      <div class="view-body">
        {view === "bots" && <BotsView onTry={tryBot} />}
        {view === "settings" && <SettingsView />}
        {view === "archive" && <Archive />}
        {view === "lost" && <Nowhere />}
      </div>
    </>
  );
}

function tryBot(name: string): void {
  renew({ bot: name });
  go("/");
}

function Nowhere() {
  return (
    <div class="empty">
      <Icon name="info" />
      <h1>{t("app.lost_title")}</h1>
      <p>{t("app.lost_text")}</p>
      <a class="button main" href="/">{t("app.lost_do")}</a>
    </div>
  );
}

function Panel() {
  const open = talk.value;
  const conversation = open?.conversation.value ?? null;
  const tab = panelTab.value;
  const number = open?.number ?? null;
  useLayoutEffect(() => {
    // Another conversation: its own newest reply, not the one picked before.
    const picked = panelMessage.peek();
    if (picked && number !== Number(picked.split(".")[0])) panelMessage.value = null;
  }, [number]);
  const bot = conversation?.bot ?? freshBotName();
  if (open && !conversation && !open.trouble.value) return <Waiting />;
  return (
    <MemoryPanel conversation={conversation} bot={bot} message={panelMessage.value} tab={tab}
      onTab={(one) => (panelTab.value = one)} onJump={jump} />
  );
}

function jump(id: Id): void {
  closeSheet();
  go(pathTo.message(id));
}

/** Takes in files that are dropped on the page; loaded when the page is at rest. */
function Imports() {
  useEffect(() => {
    const load = () => (importing.value = true);
    addEventListener("dragenter", load, { once: true });
    return () => removeEventListener("dragenter", load);
  }, []);
  if (!importing.value) return null;
  return (
    <ImportDrop bot={freshBotName()} onDone={() => void conversations.load()}>
      {(choose: () => void) => {
        importReady(choose);
        return null;
      }}
    </ImportDrop>
  );
}
