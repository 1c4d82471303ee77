import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RebuildReceipt } from "../../shared/contracts/recorded.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import { mapLimit } from "../../shared/core/concurrency.ts";
import { tell } from "../helpers/payments.ts";
import { plansWith } from "../helpers/plans.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

/**
 * The database of cases and dead letters is lost while events flow, and written again from the ledger by the command that
 * people have for it, while they and the Workers go on.
 */
let system: TestStack;
beforeAll(async () => {
  const plans = plansWith((queue) => (queue.endsWith("-dlq") ? { maxBatchTimeout: 1 } : {}));
  system = await bootStack({ plans, vars: { SWEEP_MS: "200" } });
});
afterAll(() => system?.stop());

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);

async function rebuild(): Promise<Pick<RebuildReceipt, "restored" | "next">> {
  const { consoleUrl, keys } = system.stack;
  const env = { PATH: process.env.PATH, COUNTERSIGN_CONSOLE_URL: consoleUrl, CONSOLE_TOKEN: keys.CONSOLE_TOKEN };
  const { stdout } = await run(process.execPath, ["cli/index.ts", "records", "rebuild", "--json"], { cwd: root, env });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

async function lose(): Promise<void> {
  const database = system.stack.records;
  for (const table of ["cases", "dead_letters"]) await database.prepare(`DELETE FROM ${table}`).run();
}

/** A request that becomes a case: it names more than was captured. */
async function askForCase(): Promise<string> {
  const told = tell();
  await system.stripe.put(told.objects);
  const { status, body } = await system.ingest.request({ message: `Refund 99.99 USD of payment ${told.id.payment}.` });
  expect(status).toBe(202);
  return body.id;
}

/** An event that Claude never decides: its key is refused until the event is given up. */
async function askInVain(): Promise<string> {
  const told = tell();
  await system.stripe.put(told.objects);
  await system.claude.faults([{ kind: "authentication", times: 1_000, match: told.id.payment }]);
  const { body } = await system.ingest.request({ message: `Please refund payment ${told.id.payment}.` });
  return body.id;
}

async function sendNonsense(n: number): Promise<void> {
  const queue = await system.stack.miniflare.getQueueProducer<unknown>("REFUND", "countersign-ledger");
  await queue.send({ nonsense: n });
}

/** What a rebuild promises: all of a case with its place in the queue, and of a letter all but the doorbell, whose nonce is new. */
const letterWithoutBell = ({ body, rowKind, ...row }: DeadLetterRow) => ({
  ...row,
  rowKind,
  body: rowKind === "message" ? body : null,
});
const byId = (a: { id: string }, b: { id: string }): number => a.id.localeCompare(b.id);
const rows = async () => ({
  cases: (await system.console.cases()).sort(byId),
  letters: (await system.console.deadLetters()).map(letterWithoutBell).sort(byId),
});

it("what people worked with stands in the database again, with what they did, though events flow meanwhile", async () => {
  const asked = await mapLimit([1, 2, 3, 4, 5, 6], 6, askForCase);
  const vain = await mapLimit([1, 2, 3], 3, askInVain);
  for (const n of [1, 2, 3]) await sendNonsense(n);
  await Promise.all(asked.map((id) => system.ended(id)));
  await Promise.all(vain.map((id) => system.ended(id, 60_000)));
  const letters = await waitFor(
    "the letters of three events and three messages",
    () => system.console.deadLetters(),
    (found) => found.length === 6,
    30_000,
  );
  const ofRow = (rowId: string | undefined) => letters.find((letter) => letter.rowId === rowId)?.id ?? "";
  const [message, other] = letters.filter(({ rowKind }) => rowKind === "message");
  // The event that is redriven is given up once more.
  expect((await system.console.redrive([ofRow(vain[0]), message?.id ?? ""])).results).toMatchObject([
    { result: "redriven" },
    { result: "redriven" },
  ]);
  await system.console.discard([ofRow(vain[1]), other?.id ?? ""], "looked at, and not ours");
  await waitFor(
    "its second death, and that of its message",
    () => system.console.deadLetters(),
    (found) => found.length === 8,
    60_000,
  );
  await system.quiet();

  const before = await rows();
  expect(before.cases).toHaveLength(6);
  // Each has its place: by the policy that is in force.
  expect(before.cases.filter(({ placedBy, decideBy }) => placedBy === null || decideBy === null)).toEqual([]);
  expect(before.letters.map(({ state }) => state).sort()).toEqual([
    ...["dead", "dead", "dead", "dead"],
    ...["discarded", "discarded"],
    ...["redriven", "redriven"],
  ]);

  // Everything goes on while the database is lost and written again, twice.
  const flowing = mapLimit(
    Array.from({ length: 40 }, (_, n) => n),
    4,
    async (n) => {
      if (n === 8 || n === 24) await lose();
      if (n === 12 || n === 28) await rebuild();
      if (n % 10 === 5) await sendNonsense(100 + n);
      return await askForCase();
    },
  );
  const flowed = await flowing;
  await Promise.all(flowed.map((id) => system.ended(id, 60_000)));
  await system.quiet(60_000);
  // A message has no row in the ledger before its letter, so nothing but its letter says that it arrived.
  await waitFor(
    "the letters of the messages that came meanwhile, and a rebuild that finds nothing to restore",
    async () => ({ ...(await rebuild()).restored, letters: (await system.console.deadLetters()).length }),
    ({ cases, deadLetters, acts, letters }) => letters === 8 + 4 && cases + deadLetters + acts === 0,
    60_000,
  );

  const after = await rows();
  const known = new Set([...before.cases, ...before.letters].map(({ id }) => id));
  expect({
    cases: after.cases.filter(({ id }) => known.has(id)),
    letters: after.letters.filter(({ id }) => known.has(id)),
  }).toEqual(before);
  // What came meanwhile is there as well, each once, as the ledger decided it.
  const traces = await Promise.all([...asked, ...flowed].map((id) => system.console.trace(id)));
  expect(new Set(traces.map(({ state }) => state))).toEqual(new Set(["case_open"]));
  expect(after.cases.map(({ eventId }) => eventId).sort()).toEqual([...asked, ...flowed].sort());
  expect(new Set(after.cases.map(({ state, version }) => `${state} ${version}`))).toEqual(new Set(["open 1"]));
  expect(after.letters).toHaveLength(8 + 4);

  // A database that is lost now, with nothing on its way, is the same after one rebuild.
  await lose();
  expect(await rows()).toEqual({ cases: [], letters: [] });
  const { restored, next } = await rebuild();
  expect([restored.cases, restored.deadLetters, next]).toEqual([46, 12, null]);
  expect(await rows()).toEqual(after);
  // And a letter that was restored can be acted on.
  const alive = (await system.console.deadLetters()).find(
    ({ state, rowKind }) => state === "dead" && rowKind === "event",
  );
  await system.claude.clearFaults();
  expect((await system.console.redrive([alive?.id ?? ""])).results).toMatchObject([{ result: "redriven" }]);
  expect(await system.ended(alive?.rowId ?? "", 60_000)).toMatchObject({ state: "succeeded" });
});

it("a database that takes nothing is told of; cases and letters wait in the ledger, and all arrive when it is mended", async () => {
  const database = system.stack.records;
  const before = await rows();
  for (const table of ["cases", "dead_letters"])
    await database
      .prepare(
        `CREATE TRIGGER full_${table} BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'database is full'); END`,
      )
      .run();
  const asked = await mapLimit([1, 2, 3, 4], 4, askForCase);
  const vain = await askInVain();
  await sendNonsense(500);
  const alarm = await waitFor(
    "somebody to be told of it, by both Workers",
    async () => system.logs.filter(({ message }) => message.includes('"records.unavailable"')),
    (lines) => lines.length >= 2,
    60_000,
  );
  expect(alarm.map(({ level, message }) => [level, JSON.parse(message)])).toEqual(
    Array(2).fill(["error", expect.objectContaining({ alarm: true, error: expect.stringContaining("full") })]),
  );
  await waitFor(
    "the event to be given up",
    () => system.console.trace(vain),
    ({ state }) => state === "dead",
    60_000,
  );
  const states = await Promise.all(asked.map(async (id) => (await system.console.trace(id)).state));
  expect(states).toEqual(Array(4).fill("case_opening"));
  expect(await rows()).toEqual(before);

  for (const table of ["cases", "dead_letters"]) await database.prepare(`DROP TRIGGER full_${table}`).run();
  const ended = await Promise.all([...asked, vain].map((id) => system.ended(id, 60_000)));
  expect(ended.map(({ state }) => state)).toEqual([...Array(4).fill("case_open"), "dead_lettered"]);
  const letters = await waitFor(
    "the letter of the message",
    () => system.console.deadLetters(),
    (found) => found.length === before.letters.length + 2,
    60_000,
  );
  expect(letters.filter(({ body }) => body === '{"nonsense":500}')).toHaveLength(1);
  const known = new Set(asked);
  expect((await system.console.cases()).filter(({ eventId }) => known.has(eventId))).toHaveLength(4);
});

it("the daily run of the dead-letter Worker removes the texts of what has long been over, and of nothing else", async () => {
  const database = system.stack.records;
  const before = await rows();
  const letter = (await system.console.deadLetters()).find(({ state }) => state === "discarded");
  const long = Date.now() - 551 * 86_400_000;
  await database.prepare("UPDATE dead_letters SET firstAt = ?1, lastAt = ?1").bind(long).run();
  await database.prepare("UPDATE dead_letters SET actedAt = ? WHERE id = ?").bind(long, letter?.id).run();
  const worker = await system.stack.miniflare.getWorker("countersign-dead-letter");
  expect(await worker.scheduled({ cron: "17 3 * * *" })).toMatchObject({ outcome: "ok" });
  const after = await system.console.deadLetters();
  const removed = after.filter(({ body }) => body === "removed after RETENTION_DAYS");
  expect(removed).toMatchObject([{ id: letter?.id, rowId: letter?.rowId, state: "discarded", reason: letter?.reason }]);
  expect(after.filter(({ state }) => state === "dead").length).toBeGreaterThan(0);
  expect((await rows()).cases).toEqual(before.cases);
});
