// What people fill in: a label, the control, a hint, and what is wrong with it.

import type { ComponentChildren, TargetedEvent } from "preact";
import { useId } from "preact/hooks";
import { Icon, type IconName } from "./icon";

/** What ties a control to its words. */
export interface Tied {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

export interface FieldProps {
  label: ComponentChildren;
  hint?: ComponentChildren;
  error?: string | null;
  /** Where the label is seen elsewhere, and only heard here. */
  onlyHeard?: boolean;
  class?: string;
  children: (tied: Tied) => ComponentChildren;
}

export function Field({ label, hint, error, onlyHeard, class: more, children }: FieldProps) {
  const id = useId();
  const about = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div class={`field ${more ?? ""}`}>
      <label for={id} class={onlyHeard ? "only-heard" : undefined}>
        {label}
      </label>
      {children({ id, "aria-describedby": about || undefined, "aria-invalid": error ? true : undefined })}
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          <Icon name="warning" />
          <span>{error}</span>
        </p>
      )}
    </div>
  );
}

export interface SwitchProps {
  label: ComponentChildren;
  hint?: ComponentChildren;
  on: boolean;
  disabled?: boolean;
  onChange: (on: boolean) => void;
}

export function Switch({ label, hint, on, disabled, onChange }: SwitchProps) {
  const id = useId();
  return (
    <button
      type="button"
      role="switch"
      class="switch"
      aria-checked={on}
      aria-labelledby={id}
      aria-describedby={hint ? `${id}-hint` : undefined}
      disabled={disabled}
      onClick={() => onChange(!on)}
    >
      <i aria-hidden="true" />
      <span>
        <span id={id}>{label}</span>
        {hint && (
          <span class="field-hint" id={`${id}-hint`}>
            {hint}
          </span>
        )}
      </span>
    </button>
  );
}

export interface SelectProps<T extends string> extends Partial<Tied> {
  options: readonly { value: T; label: string; disabled?: boolean }[];
  value: T;
  disabled?: boolean;
  "aria-label"?: string;
  onChange: (value: T) => void;
}

export function Select<T extends string>({ options, value, onChange, ...rest }: SelectProps<T>) {
  const changed = (event: TargetedEvent<HTMLSelectElement>) => {
    onChange(event.currentTarget.value as T);
  };
  return (
    <div class="select">
      <select {...rest} class="input" value={value} onChange={changed}>
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon name="down" />
    </div>
  );
}

export interface ChoiceProps<T extends string> {
  label: string;
  options: readonly { value: T; label: string; icon?: IconName }[];
  value: T;
  onChange: (value: T) => void;
}

/** A few things side by side of which one holds. */
export function Choice<T extends string>({ label, options, value, onChange }: ChoiceProps<T>) {
  const id = useId();
  return (
    <div class="field">
      <span class="field-label" id={id}>
        {label}
      </span>
      <div>
        <div class="choice" role="radiogroup" aria-labelledby={id}>
          {options.map((option) => (
            <label key={option.value}>
              <input
                type="radio"
                name={id}
                value={option.value}
                checked={option.value === value}
                onChange={() => onChange(option.value)}
              />
              {option.icon && <Icon name={option.icon} />}
              {option.label}
            </label>
          ))}
        </div>
      </div>
    </div>
  );
}
