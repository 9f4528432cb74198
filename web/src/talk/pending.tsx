// What was said and is not stored yet.

import { link } from "../state/live";
import { type Pending, takeBack, tryAgain } from "../state/outbox";
import { t } from "../texts";
import { Button, Icon } from "../ui";
import { folded } from "./plain";
import { Plain } from "./prose";

interface PendingProps {
  one: Pending;
  /** Puts its words back where one writes. */
  onEdit: (text: string) => void;
}

export function PendingView({ one, onEdit }: PendingProps) {
  const state = one.refused === null ? "sending" : "refused";
  const id = `p${one.id}`;
  return (
    <article class="message mine near" data-message={`pending ${one.id}`} data-state={one.stored ? "stored" : state}
      tabIndex={-1} aria-labelledby={id}>
      <div class="body">
        <h2 class="only-heard" id={id}>{t("talk.you")}</h2>
        <div class="bubble">
          <Plain text={folded(one.text)?.beginning ?? one.text} />
        </div>
        {one.refused === null ? (
          <div class="under"><Sending stored={one.stored} /></div>
        ) : (
          <Refused one={one} onEdit={onEdit} />
        )}
      </div>
    </article>
  );
}

function Sending({ stored }: { stored: boolean }) {
  if (stored) return null;
  const lost = link.value === "lost";
  return <small class="sending">{t(lost ? "talk.waiting" : "talk.sending")}</small>;
}

function Refused({ one, onEdit }: PendingProps) {
  return (
    <div class="refused" role="alert">
      <Icon name="warning" />
      <span>{t("talk.refused", one.refused ?? "")}</span>
      <span class="row">
        <Button small onClick={() => tryAgain(one.id)}>{t("talk.refused_again")}</Button>
        <Button small onClick={() => onEdit(takeBack(one.id)?.text ?? "")}>
          {t("talk.refused_edit")}
        </Button>
        <Button small look="quiet" onClick={() => takeBack(one.id)}>
          {t("talk.refused_discard")}
        </Button>
      </span>
    </div>
  );
}
