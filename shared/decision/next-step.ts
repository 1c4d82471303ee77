import type { Action } from "../contracts/action.ts";
import type { Failure } from "../contracts/failure.ts";
import type { Ledger } from "../contracts/ledger.ts";
import { isSubscription, type Snapshot } from "../contracts/provider.ts";
import type { CaseAbout, RuleName } from "../contracts/rules.ts";
import type { ActionView } from "../contracts/views.ts";
import { canonicalJson } from "../core/json.ts";
import { err, ok, type Result } from "../core/result.ts";
import { CLOCKS_APART_MS } from "../core/time.ts";
import type { Guardrails } from "../policy/document.ts";
import { retryDelayMs } from "../policy/retry-schedule.ts";

export type Refused = { rule: RuleName; reason: string };

/** Whether the ledger says of the try before that it was made and declined; answers when it first began. */
export async function begunBefore(
  action: Action,
  before: Action,
  ledger: Pick<Ledger, "actions">,
  { retry }: Pick<Guardrails, "retry">,
): Promise<Result<number, Refused>> {
  if (action.step > retry.maxSteps) return err({ rule: "retries_left", reason: sayTooMany(action.step, retry) });
  const [row] = await ledger.actions([{ id: before.id, subject: before.subject }]);
  const says = row === undefined || row === null ? "which has no row" : whyNotBefore(row, action, before);
  if (says !== null)
    return err({ rule: "grant", reason: `it is to follow on ${before.id}, ${says}: a person decides` });
  return ok(row?.firstBeginAt ?? 0);
}

function whyNotBefore(row: ActionView, action: Action, before: Action): string | null {
  if (canonicalJson(row.action) !== canonicalJson(before)) return "whose row is about something else";
  if (row.firstBeginAt === null) return "which was never begun";
  const isNext = row.outcome?.kind === "declined" && row.outcome.next?.actionId === action.id;
  return isNext ? null : "which has not led to it";
}

/**
 * From when the next try may be made, by the provider's word: a try was declined after the one before began, and the wait of
 * the schedule counts from there. The ledger's word alone moves no money. Not shown: it is looked at again, a few times.
 */
export function notBeforeNext(
  { step, factKey }: Action,
  seen: Snapshot | null,
  begunAt: number,
  retryDelayScale: number,
  { retry }: Pick<Guardrails, "retry">,
): Result<number, Failure> {
  // How many tries its method has by now, the guardrails have counted: rule `retries_left`.
  const delayMs = retryDelayMs(step, factKey, retryDelayScale, retry);
  if (delayMs === null) return err(tooMany(step, retry));
  // Far less than the shortest wait between two tries, so that the decline of the try before the last does not count.
  const declinedAt = seen === null || isSubscription(seen) ? null : seen.declinedAt;
  if (declinedAt === null || declinedAt + CLOCKS_APART_MS < begunAt) return err(unseen(step, begunAt, declinedAt));
  return ok(declinedAt + delayMs);
}

const sayTooMany = (step: number, { maxSteps }: Pick<Guardrails["retry"], "maxSteps">): string =>
  `policy allows ${maxSteps} tries; this is number ${step}`;

const tooMany = (step: number, retry: Guardrails["retry"]): Failure => ({
  reason: "guardrail",
  detail: sayTooMany(step, retry),
  about: { rule: "retries_left", refund: null },
});

const ABOUT: CaseAbout = { rule: "grant", refund: null };

function unseen(step: number, begunAt: number, declinedAt: number | null): Failure {
  const shown = declinedAt === null ? "no declined try" : `none later than ${instant(declinedAt)}`;
  const detail = `try ${step - 1} began at ${instant(begunAt)} and is to have been declined, but the provider shows ${shown}: look at the payment there before it is tried again`;
  return { reason: "decline_unseen", detail, about: ABOUT };
}

const instant = (at: number): string => new Date(at).toISOString();
