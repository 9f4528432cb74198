// What a search has found: where, who, when, and the words in it.

import { pathTo } from "../routes";
import { closeSheet } from "../state/layout";
import { me } from "../state/me";
import { failed, hits, pieces, search, wanted } from "../state/search";
import { t, when } from "../texts";
import type { Hit } from "../types";
import { Failed, Icon } from "../ui";

export function Hits() {
  const found = hits.value;
  if (failed.value) return <Failed error={failed.value} again={() => search(wanted.peek())} />;
  if (!found) return null;
  return (
    <div class="hits">
      <p class="only-heard" role="status">
        {found.length ? t("sidebar.search_found", found.length) : t("sidebar.search_none")}
      </p>
      {found.length ? (
        <ul role="list" aria-label={t("sidebar.search_results")}>
          {found.map((one) => <Found key={one.message} one={one} />)}
        </ul>
      ) : (
        <div class="empty">
          <Icon name="search" />
          <strong>{t("sidebar.search_none")}</strong>
          <p>{t("sidebar.search_none_text")}</p>
        </div>
      )}
    </div>
  );
}

function Found({ one }: { one: Hit }) {
  return (
    <li class="hit">
      <a href={pathTo.message(one.message)} data-hit={one.message} onClick={closeSheet}>
        <span class="hit-head">
          <b dir="auto">{one.title || t("sidebar.untitled")}</b>
          <time dateTime={new Date(one.said_at).toISOString()}>{when(one.said_at)}</time>
        </span>
        <span class="hit-text" dir="auto">
          <span class="hit-who">{one.speaker === me.value?.name ? t("talk.you") : one.speaker}: </span>
          {pieces(one.text, wanted.value).map((piece, at) =>
            piece.found ? <mark key={at}>{piece.text}</mark> : piece.text,
          )}
        </span>
      </a>
    </li>
  );
}
