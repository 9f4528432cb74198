import { bytes, count } from "../format";

export default {
  choose: "Import a file",
  drop: "Drop it to import your conversations",
  title: "Import conversations?",
  text: (bot: string) =>
    `They become conversations of yours with ${bot}, which can then recall them. What was imported before is not taken twice.`,
  file: (name: string, size: number) => `${name}, ${bytes(size)}`,
  kinds: "An export of ChatGPT (conversations.json, or the whole .zip) or of Tertulia.",
  strange: "The name ends neither in .json nor in .zip: is it the right file?",
  too_large: (size: number, most: number) =>
    `The file has ${bytes(size)}, and this server takes ${bytes(most)} at most.`,
  empty: "The file is empty.",
  do: "Import it",
  sending: "Sending the file …",
  reading: "Reading it …",
  progress: (percent: number) => `${percent} percent are sent`,
  stop: "Stop",
  done_title: "Imported",
  done: (conversations: number, messages: number) =>
    `${count(conversations, "conversation", "conversations")} with ${count(messages, "message", "messages")}.`,
  done_new: (n: number) => (n === 1 ? "One message was new." : `${count(n, "message was", "messages were")} new.`),
  done_nothing: "All of it was here already.",
  show: "Show the conversations",
  failed_network: "The server could not be reached. What it had taken in by then stays, and is not taken twice.",
};
