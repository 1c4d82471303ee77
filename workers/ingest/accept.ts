import type { Lane, PaymentEvent } from "../../shared/contracts/event.ts";
import type { Receipt } from "../../shared/contracts/http.ts";
import type { Acceptance, AcceptItem } from "../../shared/contracts/ledger.ts";
import type { EventDoorbell } from "../../shared/contracts/queues.ts";
import { startOf } from "../../shared/core/text.ts";
import { type ProblemStatus, problem } from "../../shared/http/problem.ts";
import { doorbellOfEvent, summaryOfEvent } from "../../shared/queue/doorbells.ts";
import type { Deps } from "./deps.ts";
import { unavailable } from "./unavailable.ts";

export type Entry = { line: number; item: AcceptItem };

const MAX_LISTED = 1_000;
/** An error may quote its line, which may have 1 MB. */
const MAX_ERROR = 500;

/** Counts the results of all lines and lists the first thousand rejected ones. */
export function createTally() {
  const receipt: Receipt = { accepted: 0, duplicates: 0, conflicts: 0, rejected: { count: 0, lines: [] } };
  let unanswered = 0;
  function reject(line: number, error: string, retryable = false): void {
    receipt.rejected.count++;
    if (receipt.rejected.lines.length >= MAX_LISTED) return;
    receipt.rejected.lines.push({ line, error: startOf(error, MAX_ERROR), ...(retryable ? { retryable } : {}) });
  }
  return {
    receipt,
    reject,
    count(line: number, acceptance: Acceptance): void {
      if (acceptance === "accepted" || acceptance === "noted") receipt.accepted++;
      else if (acceptance === "duplicate") receipt.duplicates++;
      else if (acceptance === "conflict") receipt.conflicts++;
      else {
        unanswered++;
        reject(line, "the ledger did not answer; send this line again", true);
      }
    },
    /** The ledger did not answer for any line. */
    isUnavailable: (): boolean => unanswered > 0 && receipt.accepted + receipt.duplicates + receipt.conflicts === 0,
  };
}
export type Tally = ReturnType<typeof createTally>;

/** Stores in the ledger first, then rings. A stored event is accepted even if the queue fails: the pump rings again. */
export async function acceptEntries(deps: Deps, entries: readonly Entry[], tally: Tally): Promise<Acceptance[]> {
  if (entries.length === 0) return [];
  const acceptances = await store(deps, entries);
  const accepted: PaymentEvent[] = [];
  for (const [index, { line, item }] of entries.entries()) {
    const acceptance = acceptances[index] ?? "unavailable";
    tally.count(line, acceptance);
    if (acceptance === "accepted") accepted.push(item.event);
  }
  await ringFor(deps, accepted);
  return acceptances;
}

/** The answer of every endpoint that accepts events. */
export function receiptResponse(tally: Tally): Response {
  return tally.isUnavailable() ? unavailable() : Response.json(tally.receipt, { status: 202 });
}

/** The answer to a body that could not be read to its end. It counts what was accepted before, which stays accepted. */
export function cutResponse(tally: Tally, status: ProblemStatus, detail: string): Response {
  return tally.isUnavailable() ? unavailable() : problem(status, detail, {}, tally.receipt);
}

async function store(deps: Deps, entries: readonly Entry[]): Promise<Acceptance[]> {
  try {
    return await deps.ledger.accept(entries.map(({ item }) => item));
  } catch (error) {
    deps.log({ what: "ingest.ledger_failed", events: entries.length, error: String(error) });
    return entries.map(() => "unavailable");
  }
}

async function ringFor(deps: Deps, events: readonly PaymentEvent[]): Promise<void> {
  for (const lane of ["live", "batch"] satisfies Lane[]) {
    const doorbells = events.filter((event) => event.lane === lane).map(doorbellOf);
    if (doorbells.length === 0) continue;
    try {
      await deps.ring(lane, doorbells);
    } catch (error) {
      deps.log({ what: "ingest.ring_failed", lane, events: doorbells.length, error: String(error) });
    }
  }
}

const doorbellOf = (event: PaymentEvent): EventDoorbell =>
  doorbellOfEvent({ id: event.id, summary: summaryOfEvent(event) });
