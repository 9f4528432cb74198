// What a view shows while something is read, and where it could not be.

import { t } from "../texts";
import { Button, Spinner } from "./button";
import { Icon } from "./icon";

export function Failed({ error, again }: { error: string; again?: () => void }) {
  return (
    <div class="notice bad" role="alert">
      <Icon name="warning" />
      <div>{error}</div>
      {again && (
        <Button small onClick={again}>
          {t("ui.again")}
        </Button>
      )}
    </div>
  );
}

export function Waiting() {
  return (
    <div class="empty">
      <Spinner label={t("ui.loading")} />
    </div>
  );
}
