// The answer to a command: seen here once, and part of no conversation.

import type { Card } from "../state/talk";
import { t } from "../texts";
import { IconButton } from "../ui";

export function CardView({ card, onClose }: { card: Card; onClose: () => void }) {
  return (
    <section class="card" aria-label={t("talk.card", card.line)} data-card={card.id}>
      <header>
        <code>{card.line}</code>
        <small>{t("talk.card_note")}</small>
        <IconButton icon="close" small label={t("talk.card_close")} onClick={onClose} />
      </header>
      <pre dir="auto" tabIndex={0}>{card.answer}</pre>
    </section>
  );
}
