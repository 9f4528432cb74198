// The token budget as a bar of its parts, and in words for those who do not see it.

import { number, t } from "../texts";
import type { Receipt } from "../types";
import { colourOf, parts } from "./receipt";
import "./bar.css";

export function BudgetBar({ receipt }: { receipt: Receipt }) {
  const all = parts(receipt);
  const words = all.map((part) => t("memory.bar_part", part.name, number(part.tokens)));
  return (
    <div class="budget">
      <p class="numbers">
        {t("memory.budget", number(receipt.prompt_tokens), number(receipt.budget))}
      </p>
      <div class="budget-bar" role="img" aria-label={t("memory.bar", words.join(", "))}>
        {all.map((part) => (
          <i key={part.origin} class={colourOf(part.origin)} style={{ flexGrow: part.tokens }} />
        ))}
      </div>
    </div>
  );
}
