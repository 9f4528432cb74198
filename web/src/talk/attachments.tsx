// Pictures and files that came with a message.

import { useState } from "preact/hooks";
import { bytes, t } from "../texts";
import type { Attachment } from "../types";
import { Icon } from "../ui";

const shown = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);
const path = (one: Attachment) => `/api/attachments/${one.id}`;

export function Attachments({ all }: { all: readonly Attachment[] }) {
  if (!all.length) return null;
  return (
    <ul class="attachments" role="list">
      {all.map((one) => (
        <li key={one.id}>{shown.has(one.media_type) ? <Picture one={one} /> : <File one={one} />}</li>
      ))}
    </ul>
  );
}

/** Its room is kept before it is there, so that nothing jumps. */
function Picture({ one }: { one: Attachment }) {
  const [failed, fail] = useState(false);
  if (failed) return <File one={one} />;
  return (
    <a class="picture" href={path(one)} target="_blank" rel="noopener">
      <img src={path(one)} alt={t("talk.image", one.name)} loading="lazy" decoding="async"
        onError={() => fail(true)} />
    </a>
  );
}

function File({ one }: { one: Attachment }) {
  return (
    <a class="file" href={path(one)} download={one.name} aria-label={t("talk.download", one.name)}>
      <Icon name="file" />
      <span>{one.name}</span>
      <small>{bytes(one.size)}</small>
    </a>
  );
}
