// What views are made of.

export { Button, IconButton, Spinner } from "./button";
export { Asking, confirm, Dialog, Sheet } from "./dialog";
export { Choice, Field, Select, Switch } from "./field";
export { channelIcon, Icon, type IconName } from "./icon";
export { Menu, type Entry } from "./menu";
export { Tabs } from "./tabs";
export { Tips } from "./tip";
export { toast, Toasts } from "./toast";
export { type Loaded, useLoaded } from "./load";
export { Failed, Waiting } from "./state";
