// Dialogs and sheets: the browser's own <dialog>, which keeps the keyboard inside and gives it back.

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../texts";
import { Button, IconButton } from "./button";
import { raiseToasts } from "./toast";

interface Shown {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}

function useModal(onClose: () => void, itself = false) {
  const box = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = box.current;
    dialog?.showModal();
    if (itself) dialog?.focus();
    raiseToasts();
    return () => {
      dialog?.close();
      raiseToasts();
    };
  }, []);
  return {
    ref: box,
    onCancel: (event: Event) => {
      if (event.target !== box.current) return;
      event.preventDefault();
      onClose();
    },
    onMouseDown: (event: MouseEvent) => {
      const dialog = box.current;
      if (dialog && event.target === dialog && outside(event, dialog)) onClose();
    },
  };
}

function outside(event: MouseEvent, box: HTMLElement): boolean {
  const { left, right, top, bottom } = box.getBoundingClientRect();
  const { clientX: x, clientY: y } = event;
  return x < left || x > right || y < top || y > bottom;
}

/** Shown as long as it is rendered; Escape, the button and a press beside it call `onClose`. */
export function Dialog({
  title,
  onClose,
  wide,
  footer,
  children,
}: Shown & { wide?: boolean; footer?: ComponentChildren }) {
  const id = useId();
  return (
    <dialog {...useModal(onClose)} class={wide ? "dialog wide" : "dialog"} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
      </header>
      <div class="dialog-body">{children}</div>
      {footer && <footer>{footer}</footer>}
      {/* The last in the order of the keyboard, so that a dialog begins with what it is about. */}
      <IconButton class="dialog-close" icon="close" label={t("ui.close")} onClick={onClose} />
    </dialog>
  );
}

/** What stands beside the talk on a wide screen slides over it on a narrow one. */
export function Sheet({ title, onClose, side = "right", children }: Shown & { side?: "left" | "right" }) {
  return (
    <dialog {...useModal(onClose, true)} class={`sheet ${side}`} aria-label={title} tabIndex={-1}>
      {children}
    </dialog>
  );
}

export interface Question {
  title: string;
  text?: ComponentChildren;
  /** What happens, as the button says it: "Forget it", not "OK". */
  yes: string;
  danger?: boolean;
}

const asked = signal<(Question & { answer: (yes: boolean) => void }) | null>(null);

/** Asks before something that cannot be taken back. */
export function confirm(question: Question): Promise<boolean> {
  asked.value?.answer(false);
  return new Promise((resolve) => {
    asked.value = {
      ...question,
      answer: (yes) => {
        asked.value = null;
        resolve(yes);
      },
    };
  });
}

/** Where `confirm` asks: once in the page. */
export function Asking() {
  const question = asked.value;
  if (!question) return null;
  const no = () => question.answer(false);
  return (
    <Dialog
      title={question.title}
      onClose={no}
      footer={
        <>
          <Button onClick={no} autofocus>
            {t("ui.cancel")}
          </Button>
          <Button look="main" danger={question.danger} onClick={() => question.answer(true)}>
            {question.yes}
          </Button>
        </>
      }
    >
      {question.text}
    </Dialog>
  );
}
