// Tells a newcomer that the offline model talks, and how to have a real one.

import { t } from "../texts";
import { Button, Icon } from "../ui";

export function ConnectHint({ onConnect }: { onConnect: () => void }) {
  return (
    <div class="notice" role="note" aria-label={t("connect.hint_title")}>
      <Icon name="plug" />
      <div>
        <strong>{t("connect.hint_title")}</strong>
        <p>{t("connect.hint_text")}</p>
      </div>
      <Button small onClick={onConnect}>
        {t("connect.hint_do")}
      </Button>
    </div>
  );
}
