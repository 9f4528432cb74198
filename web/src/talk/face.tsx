// A face: the first letter of a name on a colour of its own.

const HUES = 6;

/** The same name has the same colour everywhere; the bot of the talk has the accent. */
export function hueOf(name: string): number {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum % HUES;
}

export function Face({ name, bot = false }: { name: string; bot?: boolean }) {
  const [first = "?"] = [...name.trim()];
  return (
    <span class={bot ? "face" : `face hue-${hueOf(name)}`} aria-hidden="true"
      data-letter={first.toLocaleUpperCase()} />
  );
}
