import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { Failure } from "../../shared/contracts/failure.ts";
import type { CaseKept, Ledger } from "../../shared/contracts/ledger.ts";
import type { ActionDoorbell } from "../../shared/contracts/queues.ts";
import type { ActionRef, ActionView, RowRef } from "../../shared/contracts/views.ts";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../shared/core/concurrency.ts";
import { err, ok, type Result } from "../../shared/core/result.ts";
import type { Delivery } from "../../shared/queue/consume.ts";
import { release } from "../../shared/queue/release.ts";
import { resultOf, retryLater } from "../../shared/queue/result.ts";
import { ack, type Verdict, verdictOfFailure } from "../../shared/queue/verdict.ts";
import { caseOf } from "../../shared/records/case.ts";
import type { NewCase } from "../../shared/records/cases.ts";
import { type PlacingPolicy, placeOf } from "../../shared/records/place.ts";

export type EscalateDeps = {
  ledger: Pick<Ledger, "actions" | "caseOpened" | "eventView" | "failAction" | "release">;
  openCase(opening: NewCase): Promise<void>;
  /** Null: no copy of policy is at hand. A person is told all the same, and the next look places the case. */
  policy: PlacingPolicy | null;
};

type Opened = { delivery: Delivery<ActionDoorbell>; verdict: Verdict; opened: CaseKept | null };

/**
 * Opens a case for every action that waits for one: first the row in D1, then the confirmation to the ledger. After a crash
 * between them both are repeated. No money moves here, so no grant is needed.
 */
export async function handleBatch(deliveries: Delivery<ActionDoorbell>[], deps: EscalateDeps): Promise<Verdict[]> {
  const views = await readViews(deliveries.map(refOf), deps.ledger);
  const results = await mapLimit(deliveries, OUTSIDE_CALLS_AT_ONCE, (delivery, index) =>
    open(delivery, views[index] ?? ok(null), deps),
  );
  const opened = results.flatMap((result) => result.opened ?? []);
  const [confirmed] = await Promise.all([
    opened.length === 0 ? ok(undefined) : resultOf("ledger_unavailable", () => deps.ledger.caseOpened(opened)),
    release(results.flatMap(idleIn), deps.ledger),
  ]);
  return results.map(({ delivery, verdict, opened }) =>
    opened === null || confirmed.ok ? verdict : retryLater(confirmed.error, delivery.attempts),
  );
}

/** No case was opened: none is needed, or D1 failed. The row must not take a place in the pump. */
const idleIn = ({ delivery, opened }: Opened): RowRef[] =>
  opened === null ? [{ kind: "action", ...refOf(delivery) }] : [];

async function open(
  delivery: Delivery<ActionDoorbell>,
  view: Result<ActionView | null, Failure>,
  { openCase, ledger, policy }: EscalateDeps,
): Promise<Opened> {
  const end = (verdict: Verdict): Opened => ({ delivery, verdict, opened: null });
  if (!view.ok) return end(retryLater(view.error, delivery.attempts));
  if (view.value === null) return end(ack("unknown_action"));
  if (view.value.state !== "case_opening") return end(ack(view.value.state));
  const opening = openingOf(view.value, await eventOf(view.value, ledger), policy);
  const kept = await resultOf("records_unavailable", () => openCase(opening));
  if (!kept.ok) return end(await notKept(delivery, kept.error, ledger));
  const standingAt = view.value.caseStanding?.at ?? null;
  return {
    delivery,
    verdict: ack((opening.closedAt ?? null) === null ? "case_open" : "case_closed"),
    opened: { ...refOf(delivery), standingAt },
  };
}

/** The event says what the action's row does not: which fields could not be read, and why a payment was declined. */
async function eventOf({ eventId }: ActionView, ledger: EscalateDeps["ledger"]): Promise<PaymentEvent | null> {
  const view = await ledger.eventView(eventId).catch(() => null);
  return view?.event ?? null;
}

function openingOf(view: ActionView, event: PaymentEvent | null, policy: PlacingPolicy | null): NewCase {
  const opening = caseOf(view, event);
  const state = opening.closedAt === null ? "open" : "closed";
  return { ...opening, ...placeOf({ ...opening, state }, event, policy) };
}

/** D1 took nothing. The row says so, and is not stuck: a case that D1 cannot take must not become a dead letter. */
async function notKept(
  delivery: Delivery<ActionDoorbell>,
  failure: Failure,
  ledger: EscalateDeps["ledger"],
): Promise<Verdict> {
  const told = await resultOf("ledger_unavailable", () => ledger.failAction(refOf(delivery), null, failure));
  return told.ok ? verdictOfFailure(failure, told.value) : retryLater(told.error, delivery.attempts);
}

/** One call for the batch. If it fails, one call per action, so that one unavailable shard delays only its own actions. */
async function readViews(
  refs: ActionRef[],
  ledger: EscalateDeps["ledger"],
): Promise<Result<ActionView | null, Failure>[]> {
  const all = await resultOf("ledger_unavailable", () => ledger.actions(refs));
  if (all.ok) return all.value.map(ok);
  return await mapLimit(refs, OUTSIDE_CALLS_AT_ONCE, async (ref) => {
    const one = await resultOf("ledger_unavailable", () => ledger.actions([ref]));
    return one.ok ? ok(one.value[0] ?? null) : err(one.error);
  });
}

const refOf = ({ body }: Delivery<ActionDoorbell>): ActionRef => ({ id: body.id, subject: body.subject });
