// The page's own icons: strokes on a grid of 16, in the colour of the text around them.

const paths = {
  add: "M8 3v10M3 8h10",
  again: "M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3",
  api: "M5.5 4 2 8l3.5 4M10.5 4 14 8l-3.5 4",
  archive: "M2 3h12v3H2zM3 6v7h10V6M6.5 9h3",
  attach: "m13 7-5.2 5.2a3.2 3.2 0 0 1-4.5-4.5L8.8 2.2a2.1 2.1 0 0 1 3 3l-5.4 5.4a1 1 0 0 1-1.5-1.5L10 4",
  bot: "M3 6h10v7H3zM8 6V3M6 9v1M10 9v1M1.5 9v2M14.5 9v2M8 3h.01",
  branch: "M4 3v10M4 8c5 0 7-1 7-4M9 6l2-2 2 2",
  check: "m3 8.5 3.2 3.2L13 5",
  close: "m4 4 8 8M12 4l-8 8",
  copy: "M6 6h7v7H6zM10 6V3H3v7h3",
  discord: "M5 3 3.5 4.5 2 11l3 2 1-1.8M11 3l1.5 1.5L14 11l-3 2-1-1.8M4.8 11.2c2 .8 4.4.8 6.4 0M5.5 4.2c1.6-.5 3.4-.5 5 0M6 8v.6M10 8v.6",
  down: "m4 6 4 4 4-4",
  edit: "m3 13 .6-2.8L10.8 3l2.2 2.2-7.2 7.2zM9.3 4.5l2.2 2.2",
  export: "M8 2v8M5 5l3-3 3 3M3 10v3h10v-3",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z",
  file: "M4 2h5l3 3v9H4zM9 2v3h3",
  history: "M2.5 8A5.5 5.5 0 1 1 4 11.8M2 5l.5 3 3-.5M8 5v3l2 1.5",
  image: "M2 3h12v10H2zM2 11l3.5-3.5L9 11M8.5 9.5 11 7l3 3M6 5.8h.01",
  import: "M8 10V2M5 7l3 3 3-3M3 10v3h10v-3",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.5V11M8 5h.01",
  jump: "M6 4H3v9h9v-3M9 2.5h4.5V7M13.5 2.5 7.5 8.5",
  key: "M10.5 8.5a3 3 0 1 0-2.8-2L2 12v2h2.5v-1.5H6V11l1.7-1.6c.8.300 2 .1 2.8-.9zM11 5h.01",
  left: "m10 4-4 4 4 4",
  library: "M3 3v10M6 3v10M9 3.5l3.5 9",
  logout: "M6 3H3v10h3M9.5 5l3 3-3 3M12.5 8H6",
  memory: "M4 2.5h8v11l-4-3-4 3zM6.5 5.5h3",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  messenger: "M8 2c4 0 6 2.4 6 5.4S12 13 8 13l-3 1.5V12C3 11 2 9.4 2 7.4 2 4.4 4 2 8 2zM5 9l2-2.4L9.2 8 11 6",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z",
  more: "M3 8a.4.4 0 1 0 .8 0 .4.4 0 1 0-.8 0M7.6 8a.4.4 0 1 0 .8 0 .4.4 0 1 0-.8 0M12.2 8a.4.4 0 1 0 .8 0 .4.4 0 1 0-.8 0",
  new: "M13 8v5H3V3h5M7 9l.4-1.7L12.5 2.2l1.3 1.3-5.1 5.1z",
  people: "M6 7.5a2.2 2.2 0 1 0 0-4.5 2.2 2.2 0 0 0 0 4.5zM2 13c0-2.5 1.6-4 4-4s4 1.5 4 4M10.5 7.3a2 2 0 0 0 0-3.9M11.5 9.3c1.6.400 2.5 1.7 2.5 3.7",
  pin: "M6 2.5h4l-.5 4L12 9H4l2.5-2.5zM8 9v5",
  play: "m5 3.5 7 4.5-7 4.5z",
  plug: "M6 2v3M10 2v3M4 5h8v2.5a4 4 0 0 1-8 0zM8 11.5V14",
  right: "m6 4 4 4-4 4",
  room: "M5 8.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM11 8.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM8 13.7a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3 13.5 13.5",
  send: "M8 13V3M4 7l4-4 4 4",
  settings: "M2 4.5h7M13 4.5h1M2 11.5h1M7 11.5h7M11 6a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM5 13a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z",
  stop: "M4.5 4.5h7v7h-7z",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1",
  terminal: "m3 5 3 3-3 3M8 11.5h5",
  trash: "M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5 5 13.5h6l.5-9M7 7v4M9 7v4",
  undo: "M6 3 3 6l3 3M3 6h6.5a3.5 3.5 0 0 1 0 7H6",
  up: "m4 10 4-4 4 4",
  voice: "M3 7v2M5.5 5v6M8 3v10M10.5 5v6M13 7v2",
  warning: "M8 2.5 14.5 13.5h-13zM8 6.5v3.5M8 11.8h.01",
  web: "M2 3h12v8H7l-3 3v-3H2z",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, label }: { name: IconName; label?: string }) {
  const heard = label ? { role: "img" as const, "aria-label": label } : { "aria-hidden": true };
  return (
    <svg class="icon" viewBox="0 0 16 16" {...heard}>
      <path d={paths[name]} />
    </svg>
  );
}

/** The icon of the channel that a conversation is held on. */
export function channelIcon(channel: string): IconName {
  return channel in paths ? (channel as IconName) : "web";
}
