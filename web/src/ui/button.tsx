// Buttons, with words or with an icon alone.

import type { ComponentChildren, JSX, Ref } from "preact";
import { Icon, type IconName } from "./icon";

type Native = Omit<JSX.IntrinsicElements["button"], "icon" | "label" | "size" | "ref">;

export interface ButtonProps extends Native {
  /** `main` is the one thing to do here, `plain` another, `quiet` one of many. */
  look?: "main" | "plain" | "quiet" | "link";
  danger?: boolean;
  small?: boolean;
  icon?: IconName;
  /** Something is under way: it cannot be pressed again, and stays where the keyboard is. */
  busy?: boolean;
  children?: ComponentChildren;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({
  look = "plain",
  danger,
  small,
  icon,
  busy,
  children,
  onClick,
  class: more,
  ...rest
}: ButtonProps) {
  const names = ["button", look, danger && "danger", small && "small", more];
  return (
    <button
      type="button"
      {...rest}
      class={names.filter(Boolean).join(" ")}
      aria-disabled={busy || rest["aria-disabled"]}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {busy ? <Spinner /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, "icon" | "children" | "label"> {
  icon: IconName;
  /** What it does: its accessible name, and the tip beside it. */
  label: string;
  /** A shorter tip, where the name tells more than one need see. */
  tip?: string;
}

export function IconButton({ icon, label, tip, look = "quiet", class: more, ...rest }: IconButtonProps) {
  return (
    <Button {...rest} look={look} class={`square ${more ?? ""}`} aria-label={label} data-tip={tip ?? label}>
      {!rest.busy && <Icon name={icon} />}
    </Button>
  );
}

/** Turns while something is under way; `label` says what, where no other words do. */
export function Spinner({ label }: { label?: string }) {
  return label ? (
    <span class="spinner" role="status" aria-label={label} />
  ) : (
    <span class="spinner" aria-hidden="true" />
  );
}
