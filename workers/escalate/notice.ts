import type { Failure } from "../../shared/contracts/failure.ts";
import type { KeptNotice, Ledger } from "../../shared/contracts/ledger.ts";
import type { NoticeDoorbell } from "../../shared/contracts/queues.ts";
import type { CasePlacing } from "../../shared/contracts/records.ts";
import type { NoticeView, RowRef } from "../../shared/contracts/views.ts";
import type { Result } from "../../shared/core/result.ts";
import type { Delivery } from "../../shared/queue/consume.ts";
import { summaryOfEvent } from "../../shared/queue/doorbells.ts";
import { handleEach } from "../../shared/queue/each.ts";
import { resultOf, retryLater } from "../../shared/queue/result.ts";
import { ack, type Handled, retry, type Verdict } from "../../shared/queue/verdict.ts";
import { NO_MATTER } from "../../shared/records/cases.ts";
import { caseIdOfNotice, informationOf, type NewInformation } from "../../shared/records/information.ts";
import { type PlacingPolicy, placeOf } from "../../shared/records/place.ts";

export type NoticeDeps = {
  ledger: Pick<Ledger, "notices" | "noticeKept">;
  openInformation(opening: NewInformation & Partial<CasePlacing>): Promise<void>;
  /** Null: no copy of policy is at hand, and the next look places the case. */
  policy: PlacingPolicy | null;
  /** Closes what was opened at `until` or before. */
  closeInformation(id: string, until: number): Promise<void>;
  /** A line that somebody must be woken for. */
  alarm(line: Record<string, unknown>): void;
  now: number;
};

/**
 * Tells of rows that wait for long: first the case in D1, then the confirmation to the ledger. After a crash between them
 * both are repeated. The row itself is only read.
 */
export const handleNotices = (deliveries: Delivery<NoticeDoorbell>[], deps: NoticeDeps): Promise<Handled[]> =>
  handleEach(deliveries, (delivery) => handle(delivery, deps));

async function handle(delivery: Delivery<NoticeDoorbell>, deps: NoticeDeps): Promise<Verdict> {
  const row = rowOf(delivery.body);
  const later = (failure: Failure): Verdict => retryLater(failure, delivery.attempts);
  const read = await resultOf("ledger_unavailable", () => deps.ledger.notices([row]));
  if (!read.ok) return later(read.error);
  const view = read.value[0] ?? null;
  const id = await caseIdOfNotice(row);

  const kept = await write(id, row, view, deps);
  if (!kept.ok) return later(kept.error);
  if (view === null) return ack("no_notice");
  return await confirm({ row, state: view.state, at: view.at }, deps, later);
}

/** Without a notice nothing waits any more. A consumer that died may have left its case open. */
function write(id: string, row: RowRef, view: NoticeView | null, deps: NoticeDeps): Promise<Result<void, Failure>> {
  return resultOf("records_unavailable", async () => {
    if (view === null || view.state === "closing") return await deps.closeInformation(id, view?.at ?? deps.now);
    await deps.openInformation(placedInformation(id, view, deps.policy));
    const { kind, id: about } = row;
    if (view.state === "opening")
      deps.alarm({ what: "row.waits", kind, id: about, case: id, since: view.since, why: view.why });
  });
}

function placedInformation(id: string, view: NoticeView, policy: PlacingPolicy | null): NewInformation & CasePlacing {
  const opening = informationOf(id, view, summaryOfEvent);
  const row = { ...NO_MATTER, ...opening, state: "open", isInformation: 1, dueAt: null } as const;
  return { ...opening, ...placeOf(row, view.event?.event ?? null, policy) };
}

async function confirm(kept: KeptNotice, deps: NoticeDeps, later: (failure: Failure) => Verdict): Promise<Verdict> {
  const confirmed = await resultOf("ledger_unavailable", () => deps.ledger.noticeKept([kept]));
  if (!confirmed.ok) return later(confirmed.error);
  // Whatever it is now, what was just written is looked at once more.
  if (confirmed.value[0] !== "kept") return retry("records_unavailable", 1, "the row has moved on: read again");
  return ack(kept.state === "closing" ? "closed" : "told");
}

const rowOf = ({ row, id, subject }: NoticeDoorbell): RowRef =>
  row === "event" ? { kind: "event", id } : { kind: "action", id, subject };
