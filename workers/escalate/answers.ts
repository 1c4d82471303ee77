import { ANSWER, type PaymentEvent } from "../../shared/contracts/event.ts";
import type { Failure } from "../../shared/contracts/failure.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { EventDoorbell } from "../../shared/contracts/queues.ts";
import type { Delivery } from "../../shared/queue/consume.ts";
import { handleEach } from "../../shared/queue/each.ts";
import { resultOf, retryLater } from "../../shared/queue/result.ts";
import { ack, type Handled, type Verdict } from "../../shared/queue/verdict.ts";

export type AnswerDeps = {
  ledger: Pick<Ledger, "eventView" | "close">;
  /** Keeps the words beside the case and brings it to the front; false where there is no such case. */
  keepAnswer(caseId: string, event: PaymentEvent, acceptedAt: number): Promise<boolean>;
};

/** What somebody answered to a question about a case: first in D1, then the event is closed. After a crash both are repeated. */
export const handleAnswers = (deliveries: Delivery<EventDoorbell>[], deps: AnswerDeps): Promise<Handled[]> =>
  handleEach(deliveries, (delivery) => handle(delivery, deps));

async function handle({ body: { id }, attempts }: Delivery<EventDoorbell>, deps: AnswerDeps): Promise<Verdict> {
  const later = (failure: Failure): Verdict => retryLater(failure, attempts);
  const read = await resultOf("ledger_unavailable", () => deps.ledger.eventView(id));
  if (!read.ok) return later(read.error);
  const view = read.value;
  const caseId = view?.event.object;
  if (view === null || view.event.type !== ANSWER || caseId === undefined) return ack("no_answer");
  if (view.state !== "received" && view.state !== "deferred") return ack(view.state);

  const kept = await resultOf("records_unavailable", () => deps.keepAnswer(caseId, view.event, view.acceptedAt));
  if (!kept.ok) return later(kept.error);
  const reason = kept.value ? `the answer to ${caseId}` : `there is no ${caseId} that this could answer`;
  const closing = { id, outcome: { kind: "none", reason }, factRowKey: null } as const;
  const closed = await resultOf("ledger_unavailable", () => deps.ledger.close([closing]));
  return closed.ok ? ack(kept.value ? "answered" : "no_case") : later(closed.error);
}
