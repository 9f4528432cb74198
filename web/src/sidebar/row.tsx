// One conversation in the list: its title leads to it, its menu changes it.

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { told } from "../api/errors";
import { query } from "../api/client";
import { memo } from "../memo";
import { go, pathTo, route } from "../routes";
import { alter, archive, conversations, type Change } from "../state/conversations";
import { closeSheet } from "../state/layout";
import { closeTalk, talk } from "../state/live";
import { t, when } from "../texts";
import type { Conversation } from "../types";
import { channelIcon, type Entry, Icon, Menu, toast } from "../ui";
import { ForgetDialog } from "../views";

export const Row = memo(function Row({ one }: { one: Conversation }) {
  const near = useSignal(false);
  const mode = useSignal<"read" | "rename" | "forget">("read");
  const link = useRef<HTMLAnchorElement>(null);
  const title = one.title || t("sidebar.untitled");
  const here = route.value;
  const current = here.view === "talk" && here.conversation === one.id;
  const come = () => {
    near.value = true;
  };
  const read = () => {
    mode.value = "read";
    queueMicrotask(() => link.current?.focus());
  };
  if (mode.value === "rename") return <li class="row-item"><Rename one={one} onDone={read} /></li>;
  return (
    <li class="row-item" data-conversation={one.id} onPointerEnter={come} onFocusIn={come}>
      <a ref={link} href={pathTo.talk(one.id)} aria-current={current ? "page" : undefined} onClick={closeSheet}>
        <Icon name={channelIcon(one.channel)} label={one.mine ? undefined : t("sidebar.channel", one.channel)} />
        <span class="row-title" dir="auto">
          {one.whose !== null && <><bdi class="soft">{t("sidebar.whose", one.whose)}</bdi>{" "}</>}
          {title}
        </span>
        <time dateTime={new Date(one.updated_at).toISOString()}>{when(one.updated_at)}</time>
      </a>
      <Menu label={t("sidebar.row_more", title)} align="end"
        entries={near.value ? entries(one, (next) => (mode.value = next)) : []}>
        {(opener) => (
          <button type="button" {...opener} class="button quiet small square" aria-label={t("sidebar.row_more", title)}>
            <Icon name="more" />
          </button>
        )}
      </Menu>
      {mode.value === "forget" && (
        <ForgetDialog what={String(one.id)} title={t("sidebar.forget_title", title)}
          yes={t("sidebar.forget_yes")} onClose={() => (mode.value = "read")}
          onDone={() => forgotten(one.id)} />
      )}
    </li>
  );
});

function forgotten(number: number): void {
  conversations.changed();
  if (archive.ready.peek()) archive.changed();
  const here = route.peek();
  if (here.view === "talk" && here.conversation === number) go("/", { replace: true });
  else if (talk.peek()?.number === number) closeTalk();
}

async function change(one: Conversation, what: Change): Promise<boolean> {
  try {
    const changed = await alter(one.id, what);
    const open = talk.peek();
    if (open?.number === one.id) open.conversation.value = changed;
    return true;
  } catch (error) {
    toast(told(error), { bad: true });
    return false;
  }
}

async function archived(one: Conversation, put: boolean): Promise<void> {
  if (!(await change(one, { archived: put }))) return;
  const back = () => void change(one, { archived: !put });
  toast(t(put ? "sidebar.archive_done" : "sidebar.unarchive_done"), {
    action: { label: t("sidebar.undo"), run: back },
  });
}

const forms = ["md", "html", "txt", "json"] as const;

function entries(one: Conversation, turn: (mode: "rename" | "forget") => void): (Entry | "line")[] {
  const exports = forms.map(
    (form): Entry => ({
      label: t(`sidebar.export_${form}`),
      icon: "export",
      href: query(`/api/conversations/${one.id}/export`, { form }),
      download: "",
    }),
  );
  return [
    { label: t("sidebar.rename"), icon: "edit", onPick: () => turn("rename") },
    {
      label: t(one.pinned ? "sidebar.unpin" : "sidebar.pin"),
      icon: "pin",
      onPick: () => void change(one, { pinned: !one.pinned }),
    },
    {
      label: t(one.archived ? "sidebar.unarchive" : "sidebar.archive_do"),
      icon: "archive",
      onPick: () => void archived(one, !one.archived),
    },
    "line",
    ...exports,
    "line",
    { label: t("sidebar.forget"), icon: "trash", danger: true, onPick: () => turn("forget") },
  ];
}

/** The title in place: Enter or another place keeps it, Escape does not, empty takes it away. */
function Rename({ one, onDone }: { one: Conversation; onDone: () => void }) {
  const box = useRef<HTMLInputElement>(null);
  const over = useRef(false);
  useLayoutEffect(() => {
    box.current?.focus();
    box.current?.select();
  }, []);
  const done = (kept: boolean) => {
    if (over.current) return;
    over.current = true;
    const title = box.current?.value.trim() ?? "";
    if (kept && title !== one.title) void change(one, { title: title || null });
    onDone();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    done(event.key === "Enter");
  };
  return (
    <input ref={box} class="input rename" aria-label={t("sidebar.rename_label")} defaultValue={one.title} maxLength={200} dir="auto"
      onKeyDown={pressed} onBlur={() => done(true)} />
  );
}
