// The shares of a bot's memories as a bar: what each may have of a prompt, and the window's rest.

import { colourOf } from "../memory/receipt";
import { number, t } from "../texts";
import { type Share, WINDOW, windowShare } from "./shares";
import { memoryName } from "./words";
import "../memory/bar.css";

export function ShareBar({ shares }: { shares: readonly Pick<Share, "name" | "share">[] }) {
  const rest = windowShare(shares);
  const all = [...shares, { name: WINDOW, share: Math.max(0, rest) }].filter((one) => one.share > 0);
  const words = all.map((one) => t("bots.share_part", memoryName(one.name), number(one.share, 1)));
  return (
    <div class="budget-bar" role="img" aria-label={t("bots.bar", words.join(", "))}>
      {all.map((one) => (
        <i key={one.name} class={colourOf(one.name)} style={{ flexGrow: one.share }} />
      ))}
    </div>
  );
}
