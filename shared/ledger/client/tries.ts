import type { Action } from "../../contracts/action.ts";
import type { Ledger } from "../../contracts/ledger.ts";
import type { Guardrails } from "../../policy/document.ts";
import { triesForOthers } from "../../policy/tries.ts";

/** The tries at this payment for other facts; null where no try is asked for: then the ledger is not asked. */
export async function triesFor(
  { kind, subject, factKey }: Pick<Action, "kind" | "subject" | "factKey">,
  ledger: Pick<Ledger, "actionsOf">,
  now: number,
  policy: Pick<Guardrails, "retry">,
): Promise<number | null> {
  return kind === "retryPayment" ? triesForOthers(await ledger.actionsOf(subject), factKey, now, policy) : null;
}
