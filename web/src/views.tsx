// The views that are loaded when somebody opens them.

import { lazily } from "./lazily";

const said = () => import("./talk/said");
export const SaidView = lazily(said, true);
/** Has the transcript loaded before there is one: somebody writes. */
export const soonSaid = () => void said().catch(() => undefined);
export const MemoryPanel = lazily(() => import("./memory/panel"));
export const ForgetDialog = lazily(() => import("./memory/forget"), true);
export const BotsView = lazily(() => import("./bots/view"));
export const SettingsView = lazily(() => import("./settings/view"));
export const ConnectDialog = lazily(() => import("./connect/dialog"), true);
export const KeysDialog = lazily(() => import("./shortcuts/dialog"), true);
export const ImportDrop = lazily(() => import("./importing/drop"), true);
export const Archive = lazily(() => import("./sidebar/archive"));
export const LoginView = lazily(() => import("./login/view"));
