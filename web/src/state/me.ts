// Who is at the page.

import { signal } from "@preact/signals";
import { get, loggedOut, post } from "../api/client";
import { keepCsrf } from "../api/csrf";
import type { Me } from "../types";
import { draftsOf, leaveDrafts } from "./drafts";
import { dropAll } from "./kept";
import { usualOf } from "./usual";

export const me = signal<Me | null>(null);

function become(one: Me): Me {
  // What is shown is another person's.
  if (me.peek() && me.peek()?.account !== one.account) location.reload();
  keepCsrf(one.csrf);
  // Before anything is drawn: where one writes begins with what one had begun to write.
  draftsOf(one.account);
  usualOf(one.account);
  me.value = one;
  loggedOut.value = false;
  return one;
}

export async function loadMe(): Promise<Me> {
  return become(await get<Me>("/api/me"));
}

export async function logIn(name: string, password: string): Promise<Me> {
  return become(await post<Me>("/api/login", { name, password }));
}

/** Who comes next on this machine finds nothing of it: not in the page, not in the browser. */
export async function logOut(): Promise<void> {
  await post("/api/logout");
  const account = me.peek()?.account ?? "";
  leaveDrafts();
  const whole = [`outbox.${account}`, `model.${account}`];
  dropAll((name) => name.startsWith(`draft.${account}.`) || whole.includes(name));
  location.assign("/");
}
