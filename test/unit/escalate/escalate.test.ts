import { beforeEach, expect, test } from "vitest";
import type { CaseStanding } from "../../../shared/contracts/action.ts";
import type { ActionDoorbell } from "../../../shared/contracts/queues.ts";
import type { Delivery } from "../../../shared/queue/consume.ts";
import type { Verdict } from "../../../shared/queue/verdict.ts";
import { getCase, openCase } from "../../../shared/records/cases.ts";
import type { Database } from "../../../shared/records/database.ts";
import { handleBatch } from "../../../workers/escalate/handle.ts";
import { UNTOUCHED } from "../../helpers/case-rows.ts";
import { createRecords, failing } from "../../helpers/d1.ts";
import { createLocalLedger, newAction, refundAction } from "../../helpers/ledger.ts";
import { START } from "../../helpers/shard.ts";

let local = createLocalLedger();
let { database } = createRecords();
beforeEach(() => {
  local = createLocalLedger();
  ({ database } = createRecords());
});

const bell = (n: number, attempts = 1): Delivery<ActionDoorbell> => {
  const { id, subject } = refundAction(n);
  return { id: `m${n}`, body: { kind: "action", id, subject, nonce: "1", summary: "case" }, attempts, sentAt: 0 };
};
const run = (deliveries: Delivery<ActionDoorbell>[], records: Database = database): Promise<Verdict[]> =>
  handleBatch(deliveries, { ledger: local.ledger, openCase: openCase.bind(null, records), policy: null });
const stateOf = async (n: number): Promise<string | undefined> =>
  (await local.ledger.actions([refundAction(n)]))[0]?.state;
const caseId = (n: number): string => refundAction(n).id.replace("act_", "case_");
const putCase = async (n: number, caseReason = "above the threshold."): Promise<void> => {
  await local.ledger.putActions([newAction(refundAction(n), { grant: null, caseReason })]);
};

test("an action that waits for a case gets one, and the ledger says that it is open", async () => {
  await putCase(1);
  expect(await run([bell(1)])).toEqual([{ kind: "ack", outcome: "case_open" }]);
  expect(await getCase(database, caseId(1))).toEqual({
    ...UNTOUCHED,
    about: "refund",
    payment: "pi_1",
    id: caseId(1),
    actionId: refundAction(1).id,
    subject: "pi_1",
    eventId: "stripe:evt_pi_1",
    kind: "refund",
    amountMinor: 4_250,
    currency: "usd",
    reason: "above the threshold.",
    summary:
      "Refund of 42.50 USD on pi_1 needs a person: above the threshold. Nothing was sent to the provider. Test mode. Event stripe:evt_pi_1.",
    state: "open",
    version: 1,
    openedAt: START,
    status: null,
    dueAt: null,
    isInformation: 0,
    closedAt: null,
  });
  expect(await stateOf(1)).toBe("case_open");
});

test("the same doorbell twice in one batch, and again later, is one case of one version", async () => {
  await putCase(1);
  await run([bell(1), bell(1)]);
  expect(await run([bell(1)])).toEqual([{ kind: "ack", outcome: "case_open" }]);
  expect(await getCase(database, caseId(1))).toMatchObject({ version: 1 });
});

test("of a batch, what got no case is left in one call a shard, and what got one in none", async () => {
  for (const n of [1, 2, 3, 4]) await putCase(n);
  await run([1, 2, 3, 4].map((n) => bell(n)));
  expect(local.calls).not.toContain("release");
  await run([1, 2, 3, 4].map((n) => bell(n)));
  const released = local.calls.filter((call) => call === "release").length;
  expect([released > 0, released <= 3]).toEqual([true, true]);
});

test("what D1 does not keep is left, so that the pump goes on to others", async () => {
  await putCase(1);
  await run(
    [bell(1)],
    failing(database, () => true, "before"),
  );
  expect(local.calls).toContain("release");
});

test("a doorbell for an action that waits for no case, or that nobody knows, opens none", async () => {
  await local.ledger.putActions([newAction(refundAction(1))]);
  expect(await run([bell(1), bell(2)])).toEqual([
    { kind: "ack", outcome: "ready" },
    { kind: "ack", outcome: "unknown_action" },
  ]);
  expect(await getCase(database, caseId(1))).toBeNull();
});

test("when D1 is away the action still waits, and only its own message is retried", async () => {
  await putCase(1);
  await local.ledger.putActions([newAction(refundAction(2))]);
  const verdicts = await run(
    [bell(1, 3), bell(2)],
    failing(database, () => true, "before"),
  );
  expect(verdicts).toMatchObject([
    { kind: "retry", reason: "records_unavailable", delaySeconds: 5 },
    { kind: "ack", outcome: "ready" },
  ]);
  expect(await stateOf(1)).toBe("case_opening");
});

test("when D1 kept the case but its answer was lost, the retry finds it and opens no second version", async () => {
  await putCase(1);
  expect(
    await run(
      [bell(1)],
      failing(database, () => true, "after"),
    ),
  ).toMatchObject([{ kind: "retry" }]);
  expect(await run([bell(1)])).toEqual([{ kind: "ack", outcome: "case_open" }]);
  expect(await getCase(database, caseId(1))).toMatchObject({ version: 1 });
});

test("when the ledger cannot be told, the message is retried until it can", async () => {
  await putCase(1);
  local.broken.add("caseOpened");
  expect(await run([bell(1)])).toMatchObject([{ kind: "retry", reason: "ledger_unavailable" }]);
  local.broken.clear();
  expect(await run([bell(1)])).toEqual([{ kind: "ack", outcome: "case_open" }]);
  expect(await stateOf(1)).toBe("case_open");
});

test("a batch asks each shard once", async () => {
  for (let n = 1; n <= 9; n++) await putCase(n);
  local.calls.length = 0;
  await run(Array.from({ length: 9 }, (_, index) => bell(index + 1)));
  expect(local.calls.filter((call) => call === "actions").length).toBeLessThanOrEqual(3);
  expect(local.calls.filter((call) => call === "caseOpened").length).toBeLessThanOrEqual(3);
});

test("a case over a decline tells the failure and how often it was tried", async () => {
  const action = refundAction(1);
  await local.ledger.putActions([newAction(action)]);
  const [begun] = await local.ledger.begin([action]);
  if (begun?.kind !== "granted") throw new Error("not granted");
  await local.ledger.failAction(action, begun.fence, { reason: "provider_refused", detail: "the charge is disputed" });
  await run([bell(1)]);
  expect((await getCase(database, caseId(1)))?.summary).toBe(
    "Refund of 42.50 USD on pi_1 needs a person: the charge is disputed. Last failure: provider_refused. Attempts so far: 1. Test mode. Event stripe:evt_pi_1.",
  );
});

const dispute = (at: number, changes: Partial<CaseStanding> = {}): CaseStanding => ({
  status: "needs_response",
  dueAt: 9_000,
  isOver: false,
  text: "a dispute; answer it",
  at,
  ...changes,
});
const WON: Partial<CaseStanding> = { status: "won", dueAt: null, isOver: true, text: "a dispute; won" };
const putDispute = (): Promise<unknown> => {
  const standing = dispute(10);
  const caseOf = { grant: null, caseReason: standing.text, caseStanding: standing };
  return local.ledger.putActions([newAction(refundAction(1, { kind: "escalate" }), caseOf)]);
};
const news = (standing: CaseStanding): Promise<unknown> =>
  local.ledger.caseNews([{ ref: { id: refundAction(1).id, subject: "pi_1" }, standing }]);

test("a case about what has a course shows how it stands and until when, and closes when that is over", async () => {
  await putDispute();
  expect(await run([bell(1)])).toEqual([{ kind: "ack", outcome: "case_open" }]);
  expect(await getCase(database, caseId(1))).toMatchObject({ state: "open", status: "needs_response", dueAt: 9_000 });
  await news(dispute(20, WON));
  expect(await run([bell(1)])).toEqual([{ kind: "ack", outcome: "case_closed" }]);
  expect(await getCase(database, caseId(1))).toMatchObject({
    state: "closed",
    status: "won",
    dueAt: null,
    closedAt: START,
    summary: expect.stringContaining("pi_1 over 42.50 USD needs nobody any more: a dispute; won."),
  });
  expect(await stateOf(1)).toBe("case_closed");
});

test("news that comes between D1 and the ledger is written too", async () => {
  await putDispute();
  const disturbed: typeof openCase = async (...args) => {
    await openCase(...args);
    await news(dispute(20, WON));
  };
  await handleBatch([bell(1)], {
    ledger: local.ledger,
    openCase: disturbed.bind(null, database),
    policy: null,
  });
  expect(await stateOf(1)).toBe("case_opening");
  await run([bell(1)]);
  expect([await stateOf(1), (await getCase(database, caseId(1)))?.state]).toEqual(["case_closed", "closed"]);
});

test("an older standing that a slow Worker writes late is not written over a newer one", async () => {
  await putDispute();
  let resume = () => {};
  const paused = new Promise<void>((resolve) => {
    resume = resolve;
  });
  const slow: typeof openCase = async (...args) => {
    await paused;
    await openCase(...args);
  };
  const late = handleBatch([bell(1)], {
    ledger: local.ledger,
    openCase: slow.bind(null, database),
    policy: null,
  });
  while (!local.calls.includes("actions")) await new Promise((resolve) => setImmediate(resolve));
  await news(dispute(20, WON));
  await run([bell(1)]);
  resume();
  await late;
  expect([await stateOf(1), (await getCase(database, caseId(1)))?.state]).toEqual(["case_opening", "closed"]);
  await run([bell(1)]);
  expect([await stateOf(1), (await getCase(database, caseId(1)))?.state]).toEqual(["case_closed", "closed"]);
});
