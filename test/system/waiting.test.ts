import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { WorkerPlan } from "../../cli/stack/workers.ts";
import type { CaseRow } from "../../shared/contracts/records.ts";
import { type Told, tell } from "../helpers/payments.ts";
import { plansWith } from "../helpers/plans.ts";
import { policy } from "../helpers/policy.ts";
import { bootStack, makeStateDir, removeStateDir, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

/**
 * Three rows wait without an end: Claude limits one's event, one's call never has an answer, and one's queue has no
 * consumer. Then all of it is over.
 */
let system: TestStack;
const stateDir = makeStateDir();
const PATIENCE_MS = 3_000;
const vars = { PATIENCE_SCALE: String(PATIENCE_MS / policy.handling.patienceMs) };
const FOR_EVER = 1_000_000;

const limited = tell();
const cut = tell({ outcome: { kind: "held", riskLevel: "normal" }, invoiceNumber: null });
const paused = tell({ outcome: { kind: "declined", code: "insufficient_funds" } });
const capture = cut.event("payment_intent.amount_capturable_updated", cut.intent);
const retry = paused.event("invoice.payment_failed", paused.invoice ?? paused.intent);
const ids: string[] = [];

const withoutConsumer = (plan: WorkerPlan): WorkerPlan =>
  plan.name === "countersign-retry" ? { ...plan, options: { ...plan.options, queueConsumers: {} } } : plan;

async function askRefund({ id }: Told): Promise<string> {
  const { body } = await system.ingest.request({
    message: `Refund 42.50 USD of payment ${id.payment}, charged twice.`,
  });
  return body.id;
}

beforeAll(async () => {
  system = await bootStack({ stateDir, vars, plans: plansWith().map(withoutConsumer) });
  await system.stripe.put([limited, cut, paused].flatMap(({ objects }) => objects));
  await system.claude.faults([
    { kind: "rate_limited", times: FOR_EVER, match: limited.id.payment, retryAfterSeconds: 0 },
  ]);
  const path = `^/v1/payment_intents/${cut.id.payment}/capture$`;
  await system.stripe.faults([{ kind: "connection_cut_before", method: "POST", path, times: FOR_EVER }]);
  ids.push(await askRefund(limited), capture.id, retry.id);
  for (const { body } of [capture, retry]) await system.ingest.stripe(body);
}, 120_000);
afterAll(async () => {
  await system?.stop();
  removeStateDir(stateDir);
});

const cases = async (): Promise<CaseRow[]> =>
  (await system.console.cases()).toSorted((one, other) => ids.indexOf(one.eventId) - ids.indexOf(other.eventId));
/** The command line as a person uses it, from outside. */
async function countersign(...args: string[]): Promise<string> {
  const { consoleUrl, keys } = system.stack;
  const env = { ...process.env, COUNTERSIGN_CONSOLE_URL: consoleUrl, CONSOLE_TOKEN: keys.CONSOLE_TOKEN };
  return (await promisify(execFile)(process.execPath, ["cli/index.ts", ...args], { env })).stdout;
}
const listed = (...options: string[]): Promise<string> => countersign("cases", "list", ...options);
const ofInformation = (state: CaseRow["state"]) => ids.map((eventId) => ({ eventId, state, isInformation: 1 }));
const isEach =
  (state: CaseRow["state"]) =>
  (rows: CaseRow[]): boolean =>
    ids.every((id) => rows.some((row) => row.eventId === id && row.state === state));

it("each row that waits for ever is told of in one case for information, goes on, and its case is closed when it settles", async () => {
  const opened = await waitFor("a case of each", cases, isEach("open"), 60_000);
  expect(opened).toMatchObject(ofInformation("open"));
  expect(opened.map(({ reason }) => reason)).toEqual([
    expect.stringContaining("The last failure: claude_rate_limited"),
    expect.stringContaining("The last answer was unclear"),
    expect.stringContaining("Nobody has begun it."),
  ]);
  const alarms = system.logs.flatMap(({ message }) => (message.includes('"row.waits"') ? [message] : []));
  expect(alarms.length).toBeGreaterThanOrEqual(ids.length);

  expect(await listed("--information")).toContain("(information: authorize waits)");
  expect(await listed("--to-decide")).toBe("no open cases to decide\n");

  // The case of an event, and those of two actions.
  for (const { id, eventId } of opened) {
    const told = await countersign("trace", id);
    expect(told, id).toContain(`${id}  case open`);
    expect(told, id).toContain(eventId);
  }

  // Another time of patience passes, and more tries.
  const triesOf = async () => (await system.console.trace(capture.id)).action?.attempts ?? 0;
  const tries = await triesOf();
  await waitFor("another try", triesOf, (count) => count > tries, 60_000);
  expect(await cases()).toEqual(opened);
  const { waiting, actions } = await system.console.totals();
  expect([waiting, actions], "what is told of still waits, and is no case that somebody decides").toEqual([
    { events: 1, actions: 2 },
    [],
  ]);

  await system.stop();
  system = await bootStack({ stateDir, vars });
  await system.claude.clearFaults();
  await system.stripe.clearFaults();
  for (const id of ids) expect((await system.ended(id, 60_000)).state, id).toBe("succeeded");
  expect(await waitFor("their ends", cases, isEach("closed"), 60_000)).toMatchObject(ofInformation("closed"));
  expect(await system.refundsOf(limited.id.payment)).toMatchObject([{ amountMinor: 4250 }]);
}, 240_000);
