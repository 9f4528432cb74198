// What the browser keeps for the next visit; without a place to keep it, it lasts as long as the tab.

const held = new Map<string, string>();

export function read<T>(name: string, otherwise: T): T {
  const text = held.get(name) ?? stored(name);
  if (text === null || text === undefined) return otherwise;
  try {
    return JSON.parse(text) as T;
  } catch {
    return otherwise;
  }
}

export function keep(name: string, value: unknown): void {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(`tertulia.${name}`, text);
    held.delete(name);
  } catch {
    held.set(name, text);
  }
}

export function drop(name: string): void {
  held.delete(name);
  try {
    localStorage.removeItem(`tertulia.${name}`);
  } catch {
    // There was nothing kept.
  }
}

/** Drops everything of which the name fits. */
export function dropAll(fits: (name: string) => boolean): void {
  const prefix = "tertulia.";
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(prefix));
    for (const name of [...held.keys(), ...names.map((name) => name.slice(prefix.length))])
      if (fits(name)) drop(name);
  } catch {
    held.clear();
  }
}

function stored(name: string): string | null {
  try {
    return localStorage.getItem(`tertulia.${name}`);
  } catch {
    return null;
  }
}
