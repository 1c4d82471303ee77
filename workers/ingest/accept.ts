import { LANES, type Lane, type PaymentEvent } from "../../shared/contracts/event.ts";
import type { Receipt } from "../../shared/contracts/http.ts";
import type { AcceptAnswer, Acceptance, AcceptItem, Contested } from "../../shared/contracts/ledger.ts";
import type { EventDoorbell } from "../../shared/contracts/queues.ts";
import { signedIdOf } from "../../shared/core/ids.ts";
import { canonicalJson } from "../../shared/core/json.ts";
import { startOf } from "../../shared/core/text.ts";
import { type ProblemStatus, problem } from "../../shared/http/problem.ts";
import { withTells } from "../../shared/providers/registry.ts";
import { doorbellOfEvent, summaryOfEvent } from "../../shared/queue/doorbells.ts";
import type { Deps } from "./deps.ts";
import { unavailable } from "./unavailable.ts";

/**
 * What is accepted for a line. `report`: what is to be accepted after it. `countedAs`: the line is counted as this once the
 * item is stored, which is a report then.
 */
export type Entry = { line: number; item: AcceptItem; report?: PaymentEvent | null; countedAs?: Acceptance };

const MAX_LISTED = 1_000;
const MAX_IDS = 100;
/** An error may quote its line, which may have 1 MB. */
const MAX_ERROR = 500;

/** Whether an answer of the ledger means that something of the item was stored. */
const IS_STORED: Record<Acceptance | Contested["kind"], boolean> = {
  accepted: true,
  noted: true,
  conflict: true,
  duplicate: false,
  beside: false,
  unavailable: false,
};

/** Counts the results of all lines and lists the first thousand rejected ones. */
export function createTally() {
  const receipt: Receipt = { accepted: 0, duplicates: 0, conflicts: 0, rejected: { count: 0, lines: [] }, ids: [] };
  let unanswered = 0;
  function reject(line: number, error: string, retryable = false): void {
    receipt.rejected.count++;
    if (receipt.rejected.lines.length >= MAX_LISTED) return;
    receipt.rejected.lines.push({ line, error: startOf(error, MAX_ERROR), ...(retryable ? { retryable } : {}) });
  }
  return {
    receipt,
    reject,
    /** Names what the ledger has stored of this item, while there are few. A conflict is kept with the event of its id. */
    name({ item }: Entry, answer: AcceptAnswer): void {
      const kind = typeof answer === "string" ? answer : answer.kind;
      const { id } = item.event;
      if (!IS_STORED[kind] || receipt.ids === undefined || receipt.ids.includes(id)) return;
      if (receipt.ids.length >= MAX_IDS) delete receipt.ids;
      else receipt.ids.push(id);
    },
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

/**
 * Stores in the ledger first, then rings. A stored event is accepted even if the queue fails: the pump rings again. A line may
 * ask for more than its own event, so it takes up to three rounds; one that breaks off is answered `unavailable`, and goes on
 * where it stopped when the sender repeats it.
 */
export async function acceptEntries(deps: Deps, entries: readonly Entry[], tally: Tally): Promise<Acceptance[]> {
  const acceptances = entries.map((): Acceptance => "unavailable");
  const accepted: PaymentEvent[] = [];
  let round = entries.map((entry, index) => ({ entry, index }));
  while (round.length > 0) {
    const answers = await storeEntries(
      deps,
      round.map(({ entry }) => entry),
    );
    round = round.flatMap(({ entry, index }, nth) => {
      const answer = answers[nth] ?? "unavailable";
      tally.name(entry, answer);
      const { event, step } = settled(entry, answer);
      if (event !== null) accepted.push(event);
      if (step.kind === "next") return [{ entry: step.entry, index }];
      acceptances[index] = step.acceptance;
      tally.count(entry.line, step.acceptance);
      return [];
    });
  }
  await ringFor(deps, accepted);
  return acceptances;
}

/** `event`: what was accepted and is to be rung for. */
type Settled = {
  event: PaymentEvent | null;
  step: { kind: "over"; acceptance: Acceptance } | { kind: "next"; entry: Entry };
};

/** What an answer of the ledger means for its line: how it is counted, or what is accepted next. */
export function settled(entry: Entry, answer: AcceptAnswer): Settled {
  const { item } = entry;
  const event = answer === "accepted" ? item.event : null;
  if (answer === "unavailable" || entry.countedAs !== undefined) {
    const acceptance = answer === "unavailable" ? answer : (entry.countedAs ?? "conflict");
    return { event, step: { kind: "over", acceptance } };
  }
  const report = entry.report ?? (typeof answer === "string" ? null : answer.report);
  if (typeof answer !== "string" && answer.kind === "beside") {
    const signed = { ...item, event: { ...item.event, id: signedIdOf(item.event.id) } };
    return { event, step: { kind: "next", entry: { line: entry.line, item: signed, report } } };
  }
  const acceptance = typeof answer === "string" ? answer : answer.kind;
  return report === null
    ? { event, step: { kind: "over", acceptance } }
    : { event, step: { kind: "next", entry: { line: entry.line, item: itemOf(report), countedAs: acceptance } } };
}

function itemOf(report: PaymentEvent): AcceptItem {
  return { event: withTells(report), raw: canonicalJson(report), provenance: "own" };
}

/** The answer of every endpoint that accepts events. */
export function receiptResponse(tally: Tally): Response {
  return tally.isUnavailable() ? unavailable() : Response.json(tally.receipt, { status: 202 });
}

/**
 * The answer to a body that was not read to its end. It counts what was accepted before, which stays accepted.
 * `continueFrom`: the first line that was not read, where all lines before it are answered.
 */
export function cutResponse(
  tally: Tally,
  status: ProblemStatus,
  detail: string,
  continueFrom: number | null = null,
): Response {
  if (tally.isUnavailable()) return unavailable();
  return problem(status, detail, {}, { ...tally.receipt, ...(continueFrom === null ? {} : { continueFrom }) });
}

export async function storeEntries(
  deps: Pick<Deps, "ledger" | "log">,
  entries: readonly Entry[],
): Promise<AcceptAnswer[]> {
  try {
    return await deps.ledger.accept(entries.map(({ item }) => item));
  } catch (error) {
    deps.log({ what: "ingest.ledger_failed", events: entries.length, error: String(error) });
    return entries.map(() => "unavailable");
  }
}

async function ringFor(deps: Deps, events: readonly PaymentEvent[]): Promise<void> {
  for (const lane of LANES) {
    const doorbells = events.filter((event) => event.lane === lane).map(doorbellOf);
    if (doorbells.length > 0) await ringLane(deps, lane, doorbells);
  }
}

/** Does not reject: where the queue fails, the pump rings. */
export async function ringLane(
  deps: Pick<Deps, "ring" | "log">,
  lane: Lane,
  doorbells: EventDoorbell[],
): Promise<void> {
  try {
    await deps.ring(lane, doorbells);
  } catch (error) {
    deps.log({ what: "ingest.ring_failed", lane, events: doorbells.length, error: String(error) });
  }
}

export const doorbellOf = (event: PaymentEvent): EventDoorbell =>
  doorbellOfEvent({ id: event.id, summary: summaryOfEvent(event) });
