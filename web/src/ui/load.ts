// Something that a view reads from the server, with what went wrong, and a way to read it again.

import { useEffect, useRef, useState } from "preact/hooks";
import { told } from "../api/errors";

export interface Loaded<T> {
  value: T | undefined;
  error: string | null;
  /** Reads it again; what was read before stays until then. */
  reload: () => void;
  /** Puts something in its place without asking the server. */
  become: (value: T) => void;
}

/** Reads anew whenever one of `deps` changes; an answer that comes too late is not shown. */
export function useLoaded<T>(read: () => Promise<T>, deps: readonly unknown[]): Loaded<T> {
  const [state, become] = useState<{ value?: T; error: string | null }>({ error: null });
  const [round, again] = useState(0);
  const newest = useRef(0);
  useEffect(() => {
    const mine = ++newest.current;
    read().then(
      (value) => mine === newest.current && become({ value, error: null }),
      (error) => mine === newest.current && become((was) => ({ ...was, error: told(error) })),
    );
    return () => {
      newest.current++;
    };
  }, [...deps, round]);
  return {
    value: state.value,
    error: state.error,
    reload: () => again((n) => n + 1),
    become: (value) => {
      newest.current++;
      become({ value, error: null });
    },
  };
}
