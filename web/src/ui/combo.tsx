// A field with a list to choose from, into which anything else may be typed as well.

import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../texts";
import { IconButton, Spinner } from "./button";
import type { Tied } from "./field";
import { step } from "./keys";
import { put } from "./place";

export interface ComboProps {
  tied: Tied;
  /** What the list is called. */
  label: string;
  value: string;
  options: readonly string[];
  placeholder?: string;
  disabled?: boolean;
  /** The list is still being read. */
  busy?: boolean;
  onChange: (value: string) => void;
  /** Enter, where nothing in the list is marked. */
  onEnter?: () => void;
}

const atMost = 200;

/** Those that have all the words of what was typed. */
export function matching(options: readonly string[], typed: string): readonly string[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return options.filter((one) => words.every((word) => one.toLowerCase().includes(word)));
}

export function Combo({ tied, label, value, options, placeholder, disabled, busy, onChange, onEnter }: ComboProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [open, turn] = useState(false);
  const [at, mark] = useState(-1);
  // Until somebody types, all are shown: what stands in the field was chosen from them.
  const [typing, type] = useState(false);
  const shown = (typing ? matching(options, value) : options).slice(0, atMost);
  const visible = open && shown.length > 0;

  useLayoutEffect(() => {
    const [box, field] = [list.current, input.current];
    if (!box || !field) return;
    if (!visible) return box.hidePopover();
    box.style.width = `${field.offsetWidth}px`;
    box.showPopover();
    put(box, field.getBoundingClientRect());
  }, [visible, shown.length]);
  useLayoutEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const show = () => {
    turn(true);
    mark(typing ? -1 : options.indexOf(value));
  };
  const close = () => {
    turn(false);
    type(false);
    mark(-1);
  };
  const pick = (one: string) => {
    onChange(one);
    close();
    input.current?.focus();
  };
  const pressed = (event: KeyboardEvent) => {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (!visible) show();
      else mark(step(key, at, shown.length) ?? -1);
    } else if (key === "Escape" && visible) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (key === "Enter") {
      const one = visible ? shown[at] : undefined;
      event.preventDefault();
      if (one !== undefined) pick(one);
      else {
        close();
        onEnter?.();
      }
    }
  };

  return (
    <div class="combo">
      <input
        {...tied}
        ref={input}
        class="input"
        role="combobox"
        aria-expanded={visible}
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={visible && at >= 0 ? `${id}-${at}` : undefined}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={value}
        placeholder={placeholder}
        disabled={disabled}
        onInput={(event) => {
          onChange(event.currentTarget.value);
          type(true);
          turn(true);
          mark(-1);
        }}
        onKeyDown={pressed}
        onBlur={close}
      />
      {busy ? (
        <span class="button square small">
          <Spinner />
        </span>
      ) : (
        options.length > 0 && (
          <IconButton
            icon="down"
            small
            label={t("ui.show_list", label)}
            tabIndex={-1}
            disabled={disabled}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => {
              input.current?.focus();
              if (open) close();
              else show();
            }}
          />
        )
      )}
      <div ref={list} id={id} class="menu" popover="manual" role="listbox" aria-label={label}>
        {shown.map((one, index) => (
          <div
            key={one}
            id={`${id}-${index}`}
            role="option"
            class="menu-item"
            aria-selected={index === at}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => pick(one)}
          >
            <span>{one}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
