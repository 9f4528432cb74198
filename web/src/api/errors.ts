// What can go wrong between the page and its server, as errors with a sentence for people.

/** The server answered with a failure; its message is for people. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  /** After how many seconds one may try again, where the server says so. */
  readonly wait: number | null;

  constructor(status: number, code: string, message: string, wait: number | null = null) {
    super(message);
    this.name = "Refused";
    this.status = status;
    this.code = code;
    this.wait = wait;
  }
}

/** No answer came: the network or the server is away. */
export class Unreachable extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Unreachable";
  }
}

const passing = new Set([408, 425, 429, 502, 503, 504]);

/** Whether the same request may go well a little later. */
export function passes(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Refused && passing.has(error.status));
}

/** The sentence that a person is shown. */
export function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
