// What is told of a failed read beside the talk.

import { link } from "../state/live";
import type { Loaded } from "../ui";

/** Nothing while the line is lost: the page tells that, what was read stays, and is read anew after it. */
export function failure({ value, error }: Pick<Loaded<unknown>, "value" | "error">): string | null {
  return value !== undefined && link.value === "lost" ? null : error;
}
