// Sends a file as it is and tells how far it has come, which `fetch` cannot.

import { csrf } from "../api/csrf";
import { Refused, Unreachable } from "../api/errors";
import { t } from "../texts";
import type { Failure } from "../types";

export interface Imported {
  conversations: number;
  messages: number;
  new: number;
}

export interface Sending {
  done: Promise<Imported>;
  stop: () => void;
}

export function send(path: string, file: Blob, told: (share: number) => void): Sending {
  const request = new XMLHttpRequest();
  const done = new Promise<Imported>((resolve, reject) => {
    request.open("POST", path);
    request.setRequestHeader("X-CSRF-Token", csrf());
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => event.lengthComputable && told(event.loaded / event.total);
    request.upload.onload = () => told(1);
    request.onerror = () => reject(new Unreachable(t("importing.failed_network")));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    request.onload = () => {
      try {
        resolve(answerOf(request.status, request.responseText));
      } catch (error) {
        reject(error);
      }
    };
    request.send(file);
  });
  return { done, stop: () => request.abort() };
}

/** What the server answered. Throws `Refused` with its sentence. */
export function answerOf(status: number, text: string): Imported {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    said = null;
  }
  if (status >= 200 && status < 300 && said) return said as Imported;
  const failure = (said as Partial<Failure> | null)?.error;
  throw new Refused(status, failure?.code ?? "", failure?.message ?? t("api.failed", { status }));
}
