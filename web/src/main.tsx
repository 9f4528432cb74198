// Where the page begins.

import "./styles/index.css";
import "./app.css";
import { render } from "preact";
import { App } from "./app";
import { followLinks } from "./routes";
import { followSettings } from "./settings/state";
import { followTab } from "./state/live";

followSettings();
followLinks();
followTab();
const page = document.getElementById("page");
if (page) render(<App />, page);
