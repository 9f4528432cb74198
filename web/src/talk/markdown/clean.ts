// What other libraries hand over as HTML, as nodes: through DOMPurify, by a list of what may be.

import createPurifier from "dompurify";

/** What lets through these tags and attributes alone. */
export function purifier(of: readonly string[], having: readonly string[]) {
  const purify = createPurifier(window);
  purify.setConfig({
    ALLOWED_TAGS: [...of],
    ALLOWED_ATTR: [...having],
    FORBID_CONTENTS: ["annotation", "annotation-xml", "script", "style"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  return (html: string) => purify.sanitize(html) as unknown as DocumentFragment;
}
