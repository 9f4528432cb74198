// The token budget of the last reply, by where its prompt came from.

import { useLoaded } from "../ui";
import { colourOf, parts } from "../memory/receipt";
import { showReceipt } from "../state/layout";
import { receiptOf } from "../state/receipts";
import type { Talk } from "../state/talk";
import { number, t } from "../texts";

export function Budget({ talk }: { talk: Talk }) {
  const last = talk.messages.value.findLast((one) => one.receipt)?.id ?? null;
  const { value: receipt } = useLoaded(
    () => (last ? receiptOf(last) : Promise.resolve(null)),
    [last],
  );
  if (!last) return null;
  const told = receipt
    ? t("memory.budget", number(receipt.prompt_tokens), number(receipt.budget))
    : "";
  return (
    <button type="button" class="head-budget" onClick={() => showReceipt(last)} data-tip={t("talk.budget_open")}
      aria-label={`${told} ${t("talk.budget_open")}`.trim()}>
      <span class="numbers">{told}</span>
      <span class="head-bar">
        {receipt && parts(receipt).map((part) => (
          <i key={part.origin} class={colourOf(part.origin)} style={{ flexGrow: part.tokens }} />
        ))}
      </span>
    </button>
  );
}
