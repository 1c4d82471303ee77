import { isUnderWay } from "../contracts/action.ts";
import type { RuleName } from "../contracts/rules.ts";
import type { ActionView } from "../contracts/views.ts";
import { CLOCKS_APART_MS } from "../core/time.ts";
import type { Guardrails } from "./document.ts";

/**
 * What our own changes of a subscription say about collecting for it. `ending`: a change that somebody asked for, which
 * ends collection and which the provider perhaps does not show yet. `pausedByFailure`: where the newest change paused
 * collection because of a failed payment. `pausingByFailure`: such a pause since, of which nobody knows whether it was made.
 */
export type OwnChanges = {
  ending: Ending | null;
  pausedByFailure: FailurePause | null;
  pausingByFailure: string | null;
};
/** `withPerson`: nobody carries it out before a person has decided. */
export type Ending = { id: string; what: string; withPerson: boolean };
/** `behavior`: what becomes of invoices meanwhile. `invoice`: the one whose payment failed. */
export type FailurePause = { behavior: string; invoice: string | null };

export type ChangeRow = Pick<ActionView, "action" | "state" | "createdAt" | "updatedAt" | "caseAbout">;

/** From all rows of the subscription, and from what was asked for without naming one. Pure. */
export function ownChangesOf(
  rows: readonly ChangeRow[],
  now: number,
  policy: Pick<Guardrails, "variants">,
  unnamed: readonly ChangeRow[] = [],
): OwnChanges {
  const changes = newestFirst(
    rows.filter((row) => row.state !== "declined" && isOfCollection(row.action) && !isOfStranger(row)),
  );
  const asked = changes.findIndex((row) => !isByFailure(row));
  const caused = (asked < 0 ? changes : changes.slice(0, asked)).filter(({ action }) => action.kind === "pause");
  const made = caused.find(({ state }) => state === "succeeded");
  const unsettled = caused.find(({ state }) => state !== "succeeded" && state !== "skipped");
  return {
    ending: endingAmong(newestFirst([...changes, ...unnamed]), now),
    pausedByFailure: made === undefined ? null : failurePauseOf(made.action, policy),
    pausingByFailure: unsettled?.action.id ?? null,
  };
}

/**
 * Of the rows of a payment and of its customer: the changes that were asked for without naming the subscription, and that
 * came to nothing yet. Which one is meant, nobody has said; whoever names another customer does not mean this one's.
 */
export const unnamedChangesOf = (rows: readonly ChangeRow[], customers: readonly string[]): ChangeRow[] =>
  rows.filter(
    (row) =>
      (row.action.kind === "pause" || row.action.kind === "cancel") &&
      row.action.subscription === null &&
      (row.action.customer === null || customers.includes(row.action.customer)) &&
      !CAME_TO_AN_END.includes(row.state) &&
      !isOfStranger(row),
  );
const CAME_TO_AN_END: readonly ChangeRow["state"][] = ["succeeded", "skipped", "declined"];

const newestFirst = (rows: readonly ChangeRow[]): ChangeRow[] => rows.toSorted((a, b) => b.createdAt - a.createdAt);

const isOfCollection = ({ kind, variant }: ChangeRow["action"]): boolean =>
  kind === "pause" || kind === "resume" || (kind === "cancel" && variant === "at_once");

/** Whoever may not ask for a change must not be able to stop collecting with it either. */
const WHOSE: readonly (RuleName | null)[] = ["requester", "customer"];
const isOfStranger = ({ state, caseAbout }: ChangeRow): boolean =>
  (state === "case_opening" || state === "case_open") && caseAbout !== null && WHOSE.includes(caseAbout.rule);

const RENEWAL = "failed_renewal/";
/** It followed from a payment that failed; every other pause was asked for. */
const isByFailure = ({ action: { factKey } }: ChangeRow): boolean =>
  factKey.startsWith(RENEWAL) || factKey.startsWith("failed_payment/");

/** The fact of a failed renewal names its invoice and which attempt it was. */
function failurePauseOf(
  { variant, factKey }: ChangeRow["action"],
  { variants }: Pick<Guardrails, "variants">,
): FailurePause {
  const invoice = factKey.startsWith(RENEWAL) ? factKey.slice(RENEWAL.length, factKey.lastIndexOf(":")) : null;
  return { behavior: variant ?? variants.pause, invoice };
}

/** The newest first. What was made before the provider was read, the provider shows; but clocks differ. */
function endingAmong(changes: readonly ChangeRow[], now: number): Ending | null {
  let isResumed = false;
  for (const row of changes) {
    const { action, state, updatedAt } = row;
    const isMade = state === "succeeded";
    if (isByFailure(row) || state === "skipped") continue;
    if (action.kind === "resume") {
      isResumed ||= isMade;
      continue;
    }
    const isOver = isMade && now - updatedAt > CLOCKS_APART_MS;
    if (isOver || (isResumed && action.kind === "pause")) continue;
    if (action.subscription === null)
      return { id: action.id, what: `a ${action.kind} of a subscription that was not named`, withPerson: true };
    const what = action.kind === "pause" ? "a pause" : "an end at once";
    return { id: action.id, what, withPerson: !isMade && !isUnderWay(state) };
  }
  return null;
}
