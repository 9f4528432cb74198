// The archived conversations.

import { useEffect } from "preact/hooks";
import { archive } from "../state/conversations";
import { t } from "../texts";
import { Icon } from "../ui";
import { List } from "./list";
import "./sidebar.css";

export default function Archive() {
  useEffect(() => void archive.load(), []);
  return (
    <div class="archive">
      <h1>{t("sidebar.archived")}</h1>
      <p class="soft">{t("sidebar.archived_lead")}</p>
      <List listing={archive}>
        <div class="empty">
          <Icon name="archive" />
          <strong>{t("sidebar.none_archived")}</strong>
          <p>{t("sidebar.none_archived_text")}</p>
        </div>
      </List>
    </div>
  );
}
