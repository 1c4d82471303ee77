/** What a long body costs: calls to the ledger, sends to the queues, bytes held. Every file is made as it is read. */
import { describe, expect, it } from "vitest";
import { CONFLICT, type Lane } from "../../../shared/contracts/event.ts";
import type { Problem, Receipt } from "../../../shared/contracts/http.ts";
import type { AcceptAnswer, AcceptItem } from "../../../shared/contracts/ledger.ts";
import type { EventDoorbell } from "../../../shared/contracts/queues.ts";
import { conflictIdOf, shardOf } from "../../../shared/core/ids.ts";
import { createTally, type Entry } from "../../../workers/ingest/accept.ts";
import { createBulk } from "../../../workers/ingest/bulk.ts";
import { SUBREQUESTS } from "../../../workers/ingest/limits.ts";
import { ENDLESS_BYTES } from "../../../workers/ingest/lines.ts";
import { openDoor } from "../../helpers/ingest-door.ts";
import { createMemoryLedger } from "../../helpers/memory-ledger.ts";

const SHARDS = 64;
const PART_BYTES = 65_536;

/** What comes of no event: most of a day's file. `size`: bytes of the line, where it is longer than the shortest. */
function lineOf(n: number, size = 0, type = "charge.succeeded"): string {
  const line = `{"id":"evt_${n}","object":"event","type":"${type}","created":1790000000,"livemode":false}\n`;
  const missing = size - line.length;
  return missing < 12 ? line : `${line.slice(0, -2)},"note":"${"x".repeat(missing - 10)}"}\n`;
}
const RECEIPT: Receipt = { accepted: 0, duplicates: 0, conflicts: 0, rejected: { count: 0, lines: [] } };

/** One that is rung for, as a door has read it. */
const entryOf = (n: number): Entry => ({
  line: n,
  item: {
    event: {
      id: `stripe:evt_${n}`,
      type: "x",
      occurredAt: 1,
      mode: "test",
      lane: "batch",
      tells: { fact: "failed_payment" },
    },
    raw: "{}",
    provenance: "keyed",
  },
});

/** The lines `from` to `to`, made in parts when they are asked for. `pulled`: the bytes that the reader has taken. */
function file(line: (n: number) => string, to: number, from = 1) {
  const encoder = new TextEncoder();
  let next = from;
  const pulled = { bytes: 0, lines: () => next - from };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        let part = "";
        while (next <= to && part.length < PART_BYTES) part += line(next++);
        if (part === "") return controller.close();
        pulled.bytes += part.length;
        controller.enqueue(encoder.encode(part));
      },
    },
    { highWaterMark: 0 },
  );
  return { body, pulled };
}

type Answer = (item: AcceptItem) => AcceptAnswer;
const asAccepted: Answer = ({ event }) => (event.tells === undefined ? "noted" : "accepted");

/** What a long body needs, over a ledger that forgets what it took. It counts as the platform does. */
function openCounted({ subrequests = SUBREQUESTS, answer = asAccepted } = {}) {
  const counts = { ledgerCalls: 0, shardsAsked: 0, sends: 0, items: 0, bytes: 0, most: 0, mostBytes: 0 };
  let onCall: () => void = () => undefined;
  const accept = async (items: readonly AcceptItem[]): Promise<AcceptAnswer[]> => {
    const shards = new Set(items.map(({ event }) => shardOf(event.id, SHARDS)));
    const bytes = items.reduce((sum, { raw }) => sum + raw.length + 1, 0);
    counts.ledgerCalls++;
    counts.shardsAsked += shards.size;
    counts.items += items.length;
    counts.most = Math.max(counts.most, items.length);
    counts.mostBytes = Math.max(counts.mostBytes, bytes);
    onCall();
    // The answer comes later, as it does from another machine.
    await Promise.resolve();
    counts.bytes += bytes;
    return items.map(answer);
  };
  const ledger = { ...createMemoryLedger().ledger, accept };
  const ring = async (_lane: Lane, doorbells: EventDoorbell[]): Promise<void> => {
    counts.sends += Math.ceil(doorbells.length / 100);
  };
  const logged: Record<string, unknown>[] = [];
  const options = { shards: SHARDS, subrequests, ledger, ring };
  return {
    ...openDoor(options),
    deps: { ...options, log: (line: Record<string, unknown>) => void logged.push(line) },
    logged,
    counts,
    onLedgerCall: (happen: () => void) => {
      onCall = happen;
    },
    subrequests: () => counts.shardsAsked + counts.sends,
  };
}

const NOTHING_REJECTED = { count: 0, lines: [] };

describe("a long file", () => {
  it("of 100 MB of small lines over 64 shards costs calls in proportion to its lines, far below the platform's limit", async () => {
    const door = openCounted();
    const LINES = 205_000;
    const line = (n: number): string =>
      n % 10 === 0 ? lineOf(n, 512, "payment_intent.payment_failed") : lineOf(n, 512);
    const { body, pulled } = file(line, LINES);
    const answer = await door.postLines(body);
    expect(pulled.bytes).toBeGreaterThan(ENDLESS_BYTES);
    expect([answer.status, await answer.json()]).toEqual([202, { ...RECEIPT, accepted: LINES }]);
    const { counts } = door;
    expect(counts.items).toBe(LINES);
    expect(counts.shardsAsked).toBe(counts.ledgerCalls);
    expect(counts.ledgerCalls).toBeLessThan((LINES / 500) * 4 + SHARDS);
    expect(counts.sends).toBe(LINES / 10 / 100);
    expect(door.subrequests()).toBeLessThan(SUBREQUESTS / 4);
  }, 60_000);

  it("of 2 million lines costs one call for nearly each 500 lines, and rings for as many as it may", async () => {
    const { deps, counts, logged } = openCounted();
    const tally = createTally();
    const bulk = createBulk(deps, tally);
    const LINES = 2_000_000;
    for (let n = 1; n <= LINES && !bulk.isSpent(); n++) await bulk.add(entryOf(n), 101);
    await bulk.end();
    expect(tally.receipt).toEqual({ ...RECEIPT, accepted: LINES });
    expect(counts.most).toBe(500);
    expect(counts.shardsAsked).toBeLessThan(LINES / 500 + 2 * SHARDS);
    expect(counts.sends).toBe(SUBREQUESTS / 5);
    expect(counts.shardsAsked + counts.sends).toBeLessThan(SUBREQUESTS);
    expect(logged).toEqual([{ what: "ingest.rings_left_to_pump", events: LINES - counts.sends * 100 }]);
  }, 60_000);

  it("never has more than 8 MB of its lines between the sender and the ledger, and no call carries more than 2 MB", async () => {
    const door = openCounted();
    const { body, pulled } = file((n) => lineOf(n, n % 7 === 0 ? 900_000 : 3_000), 600);
    let most = 0;
    door.onLedgerCall(() => {
      most = Math.max(most, pulled.bytes - door.counts.bytes);
    });
    expect(await (await door.postLines(body)).json()).toMatchObject({ accepted: 600 });
    expect(pulled.bytes).toBeGreaterThan(70_000_000);
    expect(most).toBeGreaterThan(4_000_000);
    // A part that has just arrived has up to one line more than PART_BYTES.
    expect(most).toBeLessThan(8 * 1_048_576 + PART_BYTES + 900_000);
    expect(door.counts.mostBytes).toBeLessThanOrEqual(2 * 1_048_576);
  });

  it("whose last line has no newline has that line stored like the others", async () => {
    const door = openCounted();
    expect(await (await door.postLines(`${lineOf(1)}${lineOf(2).trimEnd()}`)).json()).toMatchObject({ accepted: 2 });
  });

  it("without any newline is cut after 100 MB and costs no call", async () => {
    const door = openCounted();
    const { body, pulled } = file(() => "x".repeat(PART_BYTES), 2_000);
    const answer = await door.postLines(body);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({
      detail: expect.stringMatching(/^Line 1 is longer than 100 MB/),
      accepted: 0,
      rejected: { count: 1, lines: [{ line: 1, error: expect.stringContaining("longer than 1 MB") }] },
      continueFrom: 1,
    });
    expect(pulled.bytes).toBeLessThanOrEqual(ENDLESS_BYTES + 2 * PART_BYTES);
    expect(door.subrequests()).toBe(0);
  });
});

describe("a file that needs more calls than one request may make", () => {
  const LIMIT = 400;
  const limited = { subrequests: LIMIT };

  /** As `countersign send` and everybody else goes on who reads the answer. */
  async function sendAll(line: (n: number) => string, lines: number) {
    const answers: (Receipt & { continueFrom?: number; status: number; detail?: string })[] = [];
    const opened: ReturnType<typeof openCounted>[] = [];
    for (let from = 1; from <= lines; ) {
      const door = openCounted(limited);
      opened.push(door);
      const answer = await door.postLines(file(line, lines, from).body);
      const told = { status: answer.status, ...((await answer.json()) as Receipt & { continueFrom?: number }) };
      answers.push(told);
      from = told.continueFrom === undefined ? lines + 1 : from + told.continueFrom - 1;
    }
    return { answers, opened };
  }

  it("is cut with the line from which to go on, all lines before it are answered, and it is whole after some requests", async () => {
    const LINES = 40_000;
    const { answers, opened } = await sendAll((n) => lineOf(n, 2_048), LINES);
    expect(answers.length).toBeGreaterThan(3);
    for (const { status, accepted, continueFrom, rejected, detail } of answers.slice(0, -1)) {
      expect(status).toBe(413);
      expect(accepted + 1).toBe(continueFrom);
      expect(rejected).toEqual(NOTHING_REJECTED);
      expect(detail).toContain(`Send the file again from line ${continueFrom} on.`);
    }
    expect(answers.at(-1)).toMatchObject({ status: 202, rejected: NOTHING_REJECTED });
    expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(LINES);
    for (const door of opened) expect(door.subrequests()).toBeLessThanOrEqual(LIMIT);
  });

  it("keeps enough calls back for what follows from its lines, also where each contradicts a signed event", async () => {
    let reports = 0;
    const contradicted: Answer = ({ event }) => {
      if (event.type === CONFLICT) reports++;
      if (event.type === CONFLICT) return "accepted";
      return { kind: "conflict", report: { ...event, id: conflictIdOf(event.id), type: CONFLICT } };
    };
    const door = openCounted({ ...limited, answer: contradicted });
    const answer = await door.postLines(file((n) => lineOf(n, 2_048), 40_000).body);
    const told = (await answer.json()) as Problem;
    expect(answer.status).toBe(413);
    expect(told).toMatchObject({ accepted: 0, rejected: NOTHING_REJECTED });
    expect(told.conflicts).toBe((told.continueFrom ?? 0) - 1);
    expect(reports).toBe(told.conflicts);
    expect(reports).toBeGreaterThan(1_000);
    expect(door.subrequests()).toBeLessThanOrEqual(LIMIT);
  });
});
