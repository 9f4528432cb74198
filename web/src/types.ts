// What the server says and takes: the one description of the page's protocol on this side.
// Times are milliseconds since 1970 UTC, ids are the public ones ("12.3": message 3 of
// conversation 12; "f5": a fact).

export type Id = string;

export interface Me {
  account: string;
  name: string;
  owner: boolean;
  /** Whether one has to log in here, so that there is a way to log out. */
  login: boolean;
  version: string;
  default_bot: string;
  /** Goes back in the header X-CSRF-Token with everything that changes something. */
  csrf: string;
  /** The largest file that is taken, in bytes. */
  upload: number;
}

export interface Conversation {
  id: number;
  /** Given by somebody, else its first words. */
  title: string;
  titled: boolean;
  bot: string;
  channel: string;
  /** The account that it is of, where that is another's. */
  whose: string | null;
  /** The model picked for it, as VENDOR:NAME, or null for the bot's own. */
  model: string | null;
  /** Whether one can say something in it here; else it is held on another channel. */
  mine: boolean;
  pinned: boolean;
  archived: boolean;
  created_at: number;
  updated_at: number;
  last_seq: number;
  head: number | null;
}

export interface Attachment {
  id: number;
  name: string;
  media_type: string;
  size: number;
}

export interface Message {
  id: Id;
  conversation: number;
  seq: number;
  parent: number | null;
  role: "user" | "assistant" | "notice";
  /** Who speaks, as people call them. */
  name: string;
  mine: boolean;
  text: string;
  said_at: number;
  finish_reason: string | null;
  /** All messages of which one is current here, its own among them, in the order made. */
  versions: Id[];
  /** Of something said: what became of it; null while it waits. */
  outcome: "reply" | "notice" | "unanswered" | null;
  reason: string | null;
  /** Of replies and notices. */
  model: string | null;
  usage: { prompt_tokens: number; completion_tokens: number } | null;
  cost: number | null;
  notes: string[];
  /** Why a notice stands in place of a reply; told to owners alone. */
  cause: string | null;
  receipt: boolean;
  attachments: Attachment[];
}

export interface Page {
  conversation: Conversation;
  messages: Message[];
  /** Whether there is more before the first and behind the last of them. */
  older: boolean;
  newer: boolean;
  /** The newest message of the conversation when this was read: what `watch` goes on behind. */
  last_seq: number;
}

export interface Accepted {
  conversation: number;
  message: Id;
  duplicate: boolean;
}

/** What one says: `id` is made here, so that a second try is the same message. */
export interface Say {
  id: string;
  text: string;
  /** An id that the page makes for a conversation that is begun with this message. */
  conversation?: string;
  bot?: string;
  model?: string;
  /** Uses nothing from before, and is used nowhere else. */
  blank?: boolean;
  /** The message of which this is another version. */
  instead_of?: Id;
}

export interface Hit {
  message: Id;
  conversation: number;
  title: string;
  speaker: string;
  text: string;
  said_at: number;
  score: number;
}

export interface Fact {
  id: Id;
  statement: string;
  subject: string;
  origin: "said" | "written";
  /** Messages that it was taken from. */
  sources: Id[];
  valid_from: number;
  valid_to: number | null;
  recorded_at: number;
  closed_at: number | null;
}

export interface Summary {
  id: string;
  text: string;
  tokens: number;
  /** The first and the last message that it stands for, and how many. */
  first: Id;
  upto: Id;
  count: number;
}

export interface ReceiptItem {
  origin: string;
  id: string;
  tokens: number;
  score: number | null;
  /** Null where it is not there any more, or not for this person's eyes. */
  text: string | null;
  speaker: string | null;
  said_at: number | null;
}

export interface LeftOut {
  origin: string;
  from: string;
  to: string;
  count: number;
  tokens: number;
  why: string;
}

export interface Receipt {
  budget: number;
  prompt_tokens: number;
  items: ReceiptItem[];
  left_out: LeftOut[];
}

export interface Preview {
  prompt: { role: string; name: string | null; content: string }[];
  receipt: Receipt;
}

export interface Forgotten {
  messages: Id[];
  redacted: Id[];
  facts: Id[];
  reopened: Id[];
  summaries: string[];
  conversations: number[];
  people: string[];
  renamed: number[];
  /** The same in plain sentences. */
  told: string[];
  done: boolean;
}

/** A bot as tertulia.toml would have it, all of it told. */
export interface Given {
  persona: { name: string; instructions: string };
  model: {
    provider: string;
    name?: string;
    base_url?: string;
    context_window?: number;
    max_tokens?: number;
    timeout?: number;
    retries?: number;
    temperature?: number;
    top_p?: number;
    presence_penalty?: number;
    frequency_penalty?: number;
    seed?: number;
    stop?: string | string[];
  };
  memory: Record<string, { share: number; most: number } | { last?: number }>;
  choices: string[];
}

export interface Bot {
  name: string;
  source: "file" | "page" | "built in";
  model: string;
  choices: string[];
  given: Given;
  /** The memories that there are to choose from, besides the window. */
  memories: string[];
}

export interface Vendor {
  name: string;
  ready: boolean;
  connected: boolean;
  kept: boolean;
  local: boolean;
  base_url: string | null;
}

export interface Failure {
  error: { code: string; message: string };
}

/** What the page tells the server over its one WebSocket. */
export type Watch = { watch: number; after: number } | { unwatch: number };

/** What the server tells; one may hear a message twice, and knows it by its id. */
export type Live =
  | { type: "watching"; conversation: number; last_seq: number }
  | { type: "message"; conversation: number; message: Message }
  | { type: "draft"; conversation: number; upto: number; again: Id | null; text: string }
  | { type: "started"; conversation: number; upto: number; again: Id | null }
  | { type: "text"; conversation: number; at: number; text: string }
  | { type: "restarted"; conversation: number }
  | { type: "settled"; conversation: number }
  | { type: "changed"; conversation: number }
  | { type: "conversations" }
  | { type: "ending" };
