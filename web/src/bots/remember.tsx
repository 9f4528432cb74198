// What a bot remembers with: which memories, in which order, with which share of the prompt.

import { useRef } from "preact/hooks";
import { colourOf } from "../memory/receipt";
import { number, t } from "../texts";
import { Choice, Field, Icon, IconButton } from "../ui";
import { type MemoryRow, sharesIn } from "./form";
import type { PartProps } from "./model";
import { ShareBar } from "./sharebar";
import { LAST_MAX, LAST_MIN, moved, WINDOW, windowShare } from "./shares";
import { memoryName, memoryText } from "./words";

export function MemoryPart({ form, wrong, change }: PartProps) {
  const rows = form.memories;
  const set = (at: number, some: Partial<MemoryRow>) =>
    change({ memories: rows.map((row, index) => (index === at ? { ...row, ...some } : row)) });
  const shares = sharesIn(form);
  const rest = windowShare(shares);
  return (
    <section aria-labelledby="form-memory">
      <h2 id="form-memory">{t("bots.memory")}</h2>
      <p class="soft">{t("bots.memory_hint")}</p>
      <ShareBar shares={shares} />
      {wrong.memory && (
        <p class="field-error" role="alert">
          <Icon name="warning" />
          <span>{wrong.memory}</span>
        </p>
      )}
      <ol role="list" class="memories">
        {rows.map((row, at) => (
          <Row key={row.name} row={row} at={at} count={rows.length} wrong={wrong}
            set={(some) => set(at, some)}
            move={(by) => change({ memories: moved(rows, at, by) })} />
        ))}
        <li class="memory-row">
          <i class={`swatch ${colourOf(WINDOW)}`} />
          <div class="memory-what">
            <strong>{memoryName(WINDOW)}</strong>
            <small>{memoryText(WINDOW)}</small>
          </div>
          <strong class="numbers">{number(Math.max(0, rest), 1)} %</strong>
          <div class="memory-last">
            <Choice<"fit" | "last">
              label={t("bots.last")}
              value={form.last === null ? "fit" : "last"}
              onChange={(kind) => change({ last: kind === "fit" ? null : "12" })}
              options={[
                { value: "fit", label: t("bots.last_fit") },
                { value: "last", label: t("bots.last_k") },
              ]}
            />
            {form.last !== null && (
              <Field label={t("bots.k")} hint={t("bots.k_hint")} error={wrong.last}>
                {(tied) => (
                  <input {...tied} class="input numbers" type="number" min={LAST_MIN} max={LAST_MAX}
                    value={form.last ?? ""} onInput={(event) => change({ last: event.currentTarget.value })} />
                )}
              </Field>
            )}
          </div>
        </li>
      </ol>
    </section>
  );
}

interface RowProps {
  row: MemoryRow;
  at: number;
  count: number;
  wrong: PartProps["wrong"];
  set: (some: Partial<MemoryRow>) => void;
  move: (by: -1 | 1) => void;
}

function Row({ row, at, count, wrong, set, move }: RowProps) {
  const box = useRef<HTMLLIElement>(null);
  const name = memoryName(row.name);
  const moves = (by: -1 | 1) => {
    const which = by < 0 ? "up" : "down";
    move(by);
    // The row is elsewhere now; the keyboard goes with it, to its other button at an end.
    requestAnimationFrame(() => {
      const buttons = box.current?.querySelectorAll<HTMLButtonElement>(".memory-order button") ?? [];
      const [up, down] = [...buttons];
      const wanted = which === "up" ? up : down;
      (wanted?.disabled ? (which === "up" ? down : up) : wanted)?.focus();
    });
  };
  return (
    <li class="memory-row" ref={box}>
      <i class={`swatch ${colourOf(row.name)}${row.on ? "" : " hollow"}`} />
      <label class="memory-what">
        <span class="row">
          <input type="checkbox" checked={row.on} aria-label={t("bots.memory_use", name)}
            onChange={(event) => set({ on: event.currentTarget.checked })} />
          <strong>{name}</strong>
        </span>
        <small>{memoryText(row.name)}</small>
      </label>
      <div class="memory-order">
        <IconButton icon="up" small label={t("bots.up", name)} disabled={at === 0} onClick={() => moves(-1)} />
        <IconButton icon="down" small label={t("bots.down", name)} disabled={at === count - 1} onClick={() => moves(1)} />
      </div>
      {row.on && (
        <div class="memory-numbers">
          <Field label={<Short heard={t("bots.share", name)} seen={t("bots.share_short")} />}
            error={wrong[`memory.${row.name}.share`]}>
            {(tied) => (
              <input {...tied} class="input numbers" inputMode="decimal" autocomplete="off" value={row.share}
                onInput={(event) => set({ share: event.currentTarget.value })} />
            )}
          </Field>
          <Field label={<Short heard={t("bots.most", name)} seen={t("bots.most_short")} />}
            error={wrong[`memory.${row.name}.most`]}>
            {(tied) => (
              <input {...tied} class="input numbers" inputMode="numeric" autocomplete="off" value={row.most}
                onInput={(event) => set({ most: event.currentTarget.value })} />
            )}
          </Field>
        </div>
      )}
    </li>
  );
}

/** A label that is short to see, and whole to hear. */
function Short({ heard, seen }: { heard: string; seen: string }) {
  return (
    <>
      <span aria-hidden="true">{seen}</span>
      <span class="only-heard">{heard}</span>
    </>
  );
}
