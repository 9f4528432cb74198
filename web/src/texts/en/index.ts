import api from "./api";
import app from "./app";
import bots from "./bots";
import connect from "./connect";
import importing from "./importing";
import login from "./login";
import memory from "./memory";
import settings from "./settings";
import sidebar from "./sidebar";
import talk from "./talk";
import ui from "./ui";

export default {
  api,
  app,
  bots,
  connect,
  importing,
  login,
  memory,
  settings,
  sidebar,
  talk,
  ui,
};
