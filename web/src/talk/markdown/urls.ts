// Which addresses a message may lead to.

const schemes = new Set(["http:", "https:", "mailto:"]);
const ours = /^\/api\/attachments\/\d+$/;

/** The address, where it is one that a link may have; else null. */
export function allowed(address: string): string | null {
  const plain = address.trim().replace(/^<(.*)>$/, "$1");
  // A link in a message leads to somewhere else as a whole: nothing is relative to the page.
  if (!/^[a-z]+:/i.test(plain)) return null;
  try {
    const { protocol, href } = new URL(plain);
    return schemes.has(protocol) ? href : null;
  } catch {
    return null;
  }
}

/** Whether a picture is one of this server's: no other is fetched. */
export function isOurs(address: string): boolean {
  return ours.test(address);
}
