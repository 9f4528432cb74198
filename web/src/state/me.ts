// Who is at the page.

import { signal } from "@preact/signals";
import { get, loggedOut, post } from "../api/client";
import { keepCsrf } from "../api/csrf";
import type { Me } from "../types";

export const me = signal<Me | null>(null);

function become(one: Me): Me {
  keepCsrf(one.csrf);
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

export async function logOut(): Promise<void> {
  await post("/api/logout");
  me.value = null;
  loggedOut.value = true;
}
