// The page's one way to ask the server for something.

import { signal } from "@preact/signals";
import type { Failure, Me } from "../types";
import { t } from "../texts";
import { csrf, keepCsrf } from "./csrf";
import { Refused, Unreachable } from "./errors";

/** Whether the server wants to know who is there before it says anything. */
export const loggedOut = signal(false);

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

async function failure(answer: Response): Promise<Refused> {
  const seconds = Number(answer.headers.get("Retry-After"));
  const wait = Number.isFinite(seconds) && seconds > 0 ? seconds : null;
  const said = (await answer.json().catch(() => null)) as Failure | null;
  const { code = "", message = t("api.failed", { status: answer.status }) } = said?.error ?? {};
  return new Refused(answer.status, code, message, wait);
}

async function call(method: Method, path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  if (method !== "GET") headers.set("X-CSRF-Token", csrf());
  let answer: Response;
  try {
    answer = await fetch(path, { ...init, method, headers, credentials: "same-origin" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable(t("api.unreachable"));
  }
  if (answer.status === 401 && path !== "/api/login") loggedOut.value = true;
  return answer;
}

/** A server that was started again gives another token: it is fetched once, and tried again. */
async function asked(method: Method, path: string, init: RequestInit): Promise<Response> {
  const answer = await call(method, path, init);
  if (answer.status !== 403 || method === "GET" || path === "/api/login") return answer;
  const me = await call("GET", "/api/me", {});
  if (!me.ok) return answer;
  const { csrf: fresh } = (await me.json()) as Me;
  if (fresh === csrf()) return answer;
  keepCsrf(fresh);
  return call(method, path, init);
}

async function ask<T>(method: Method, path: string, init: RequestInit = {}): Promise<T> {
  const answer = await asked(method, path, init);
  if (!answer.ok) throw await failure(answer);
  if (answer.status === 204) return undefined as T;
  try {
    return (await answer.json()) as T;
  } catch {
    throw new Unreachable(t("api.unreachable"));
  }
}

function json(body: unknown): RequestInit {
  if (body === undefined) return {};
  return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> =>
  ask<T>("GET", path, signal ? { signal } : {});
export const post = <T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> =>
  ask<T>("POST", path, signal ? { ...json(body), signal } : json(body));
export const put = <T>(path: string, body?: unknown): Promise<T> => ask<T>("PUT", path, json(body));
export const patch = <T>(path: string, body?: unknown): Promise<T> =>
  ask<T>("PATCH", path, json(body));
export const remove = <T = void>(path: string): Promise<T> => ask<T>("DELETE", path);

/** Sends a file as it is. */
export const upload = <T>(path: string, file: Blob): Promise<T> =>
  ask<T>("POST", path, { body: file, headers: { "Content-Type": "application/octet-stream" } });

/** A path with a query; what is undefined, null or false is left out. */
export function query(
  path: string,
  of: Record<string, string | number | boolean | null | undefined>,
): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(of)) {
    if (value === undefined || value === null || value === false) continue;
    words.set(name, value === true ? "1" : String(value));
  }
  const all = words.toString();
  return all ? `${path}?${all}` : path;
}
