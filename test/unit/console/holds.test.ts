import { beforeEach, describe, expect, it, test } from "vitest";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import { openCase } from "../../../shared/records/cases.ts";
import { createConsole, type RequestDeps } from "../../../workers/console/app.ts";
import { ROUTES } from "../../../workers/console/routes/index.ts";
import { createLocalAudit } from "../../helpers/audit.ts";
import { caseRow } from "../../helpers/case-rows.ts";
import { createRecords } from "../../helpers/d1.ts";
import { createLocalGate } from "../../helpers/gate.ts";
import { createLocalLedger, newAction, refundAction } from "../../helpers/ledger.ts";

const TOKEN = "console-token-of-this-test";
let local = createLocalLedger();
let gate = createLocalGate(local.clock);
let { database } = createRecords();
beforeEach(() => {
  ({ database } = createRecords());
  local = createLocalLedger();
  gate = createLocalGate(local.clock);
});

async function call(path: string, body?: unknown, token = TOKEN, key?: string) {
  const answer = createConsole({ tokens: [TOKEN], mode: "test", log: () => {}, now: () => local.clock.now });
  const deps: RequestDeps = {
    ledger: local.ledger,
    gate,
    records: database,
    audit: createLocalAudit(),
    send: async () => {},
  };
  const request = new Request(`http://console${path}`, {
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${token}`, ...(key === undefined ? {} : { "idempotency-key": key }) },
  });
  const response = await answer(request, deps);
  return { status: response.status, json: JSON.parse(await response.text()) };
}
const add = (scope: string, reason = "odd") => call("/api/holds", { scope, reason });
const lift = (scope: string, reason?: string) =>
  call("/api/holds/lift", { scope, ...(reason === undefined ? {} : { reason }) });
const traceOf = async (id: string) => (await local.ledger.trace(id))?.event.event;

describe("adding a hold", () => {
  it("stops it at the gate, shows it in the list and in the totals, and leaves its record in the ledger", async () => {
    const at = local.clock.now;
    const hold = { scope: "customer:cus_1", at, reason: "odd", by: "person" };
    expect(await add("customer:cus_1")).toEqual({
      status: 200,
      json: { result: "held", hold, events: [`hold:customer:cus_1:${at}`] },
    });
    expect((await call("/api/holds")).json).toEqual({ items: [hold] });
    expect((await call("/api/totals")).json).toMatchObject({ holds: { count: 1, newest: [hold] }, envelopes: [] });
    expect(await traceOf(`hold:customer:cus_1:${at}`)).toMatchObject({
      type: "countersign.hold",
      mode: "test",
      customer: "cus_1",
      occurredAt: at,
      text: "a person put customer cus_1 on hold: odd",
    });
  });

  it("masks the reason, also that of its lift, before it is kept", async () => {
    expect((await add("all", "anna@example.com called")).json).toMatchObject({ hold: { reason: "[e-mail] called" } });
    expect((await lift("all", "anna@example.com called again")).json).toMatchObject({
      lift: { reason: "[e-mail] called again" },
    });
    const at = local.clock.now;
    expect((await traceOf(`hold:all:${at}`))?.text).toContain("[e-mail] called");
    expect((await traceOf(`lift:all:${at}`))?.text).toContain("[e-mail] called again");
  });

  it("twice is one hold and one record, with the first reason", async () => {
    await add("all", "first");
    local.clock.now += 5_000;
    expect((await add("all", "second")).json).toMatchObject({ result: "held_before", hold: { reason: "first" } });
    expect(await local.ledger.totals()).toMatchObject({ accepted: 1, conflicts: 0 });
  });

  it("stands though its record could not be written: 503, and the same request again writes it once", async () => {
    local.broken.add("accept");
    expect((await add("all")).status).toBe(503);
    expect(await gate.holds()).toMatchObject([{ scope: "all" }]);
    local.broken.clear();
    local.clock.now += 5_000;
    expect((await add("all")).json.result).toBe("held_before");
    expect(await local.ledger.totals()).toMatchObject({ accepted: 1, conflicts: 0 });
  });

  it("while the gate does not answer is refused with a 503, and nothing is recorded", async () => {
    gate.broken.add("hold");
    expect((await add("all")).status).toBe(503);
    expect((await local.ledger.totals()).accepted).toBe(0);
  });
});

describe("a repeated request", () => {
  const scope = "customer:cus_1";
  const sent = (key: string) => call("/api/holds", { scope, reason: `of ${key}` }, TOKEN, key);
  const lifted = (key: string, reason = "over") => call("/api/holds/lift", { scope, reason }, TOKEN, key);
  const standing = async () => (await gate.holds()).map(({ at }) => at);

  it("to lift takes away no hold of after it, and is answered as before", async () => {
    await sent("k1");
    local.clock.now += 1_000;
    const first = await lifted("k2");
    local.clock.now += 1_000;
    const second = await sent("k3");
    for (let times = 0; times < 2; times++) {
      const again = await lifted("k2");
      expect(again).toMatchObject({ status: 200, json: { result: "lifted_before" } });
      expect(again.json.lift.at).toBe(first.json.lift.at);
      expect(again.json.lift.reason).toBe("over");
      expect(again.json.lift.hold.at).toBe(first.json.lift.hold.at);
      expect(await standing()).toEqual([second.json.hold.at]);
    }
    expect(await local.ledger.totals()).toMatchObject({ accepted: 3, conflicts: 0 });
    expect((await lifted("k4")).json.result).toBe("lifted");
    expect(await standing()).toEqual([]);
  });

  it("to hold holds nothing again once it was lifted, or held again and lifted", async () => {
    const first = await sent("k1");
    await lifted("k2");
    for (const round of ["k3", "k5"]) {
      const again = await sent("k1");
      expect(again.json).toMatchObject({ result: "held_before", hold: first.json.hold });
      expect(await standing()).toEqual([]);
      await sent(round);
      await lifted(`lift-${round}`);
    }
    expect(await local.ledger.totals()).toMatchObject({ accepted: 6, conflicts: 0 });
  });

  it("to lift what did not stand lifts no hold of after it", async () => {
    expect((await lifted("k1")).json).toEqual({ result: "not_held", scope });
    await sent("k2");
    expect((await lifted("k1")).json).toEqual({ result: "not_held", scope });
    expect(await standing()).toHaveLength(1);
  });

  it("that was cut short behind the gate is recorded though the scope is on hold again", async () => {
    const first = await sent("k1");
    local.broken.add("accept");
    expect((await lifted("k2")).status).toBe(503);
    local.broken.clear();
    await sent("k3");
    expect((await lifted("k2")).json).toMatchObject({ result: "lifted_before" });
    expect((await traceOf(`lift:${scope}:${first.json.hold.at}`))?.text).toContain("over");
    expect(await standing()).toHaveLength(1);
  });

  it("is one for a month, and of one scope", async () => {
    await sent("k1");
    await lifted("k1");
    await call("/api/holds", { scope: "customer:cus_2", reason: "odd" }, TOKEN, "k1");
    expect(await gate.holds()).toMatchObject([{ scope: "customer:cus_2" }]);
    local.clock.now += 31 * 86_400_000;
    await lifted("k3");
    expect((await sent("k1")).json.result).toBe("held");
  });
});

describe("holding the customer of a case", () => {
  const open = async (n: number, changes: Partial<CaseRow>): Promise<string> => {
    const { state: _state, ...row } = caseRow(n, changes);
    await openCase(database, row);
    return row.id;
  };

  it("stops what is done for them, and its record names the case", async () => {
    const id = await open(1, { customer: "cus_1" });
    const at = local.clock.now;
    const { status, json } = await call(`/api/cases/${id}/hold`, { reason: "it is odd" });
    expect([status, json]).toMatchObject([
      200,
      { result: "held", hold: { scope: "customer:cus_1", reason: "it is odd" } },
    ]);
    expect((await call("/api/holds")).json.items).toMatchObject([{ scope: "customer:cus_1" }]);
    const record = await traceOf(`hold:customer:cus_1:${at}`);
    expect(record?.act).toMatchObject({ what: "hold.add", about: "customer:cus_1", after: { onHold: true, case: id } });
  });

  it("of which nobody is named is refused, and so is one that is not there", async () => {
    const nobody = await open(1, { customer: null });
    expect((await call(`/api/cases/${nobody}/hold`, { reason: "odd" })).status).toBe(409);
    expect((await call(`/api/cases/case_${"f".repeat(32)}/hold`, { reason: "odd" })).status).toBe(404);
    expect((await call("/api/holds")).json).toEqual({ items: [] });
  });

  it("is a reviewer's", () => {
    expect(ROUTES.find(({ path }) => path === "/api/cases/:id/hold")?.role).toBe("reviewer");
  });
});

describe("what a person names", () => {
  it.each(["customer:4242424242424242", "payment:4242-4242-4242-4242", "customer:DE89370400440532013000"])(
    "is refused where it is the number of a card or an account, which is not repeated: %s",
    async (scope) => {
      const { status, json } = await add(scope);
      expect([status, JSON.stringify(json)]).toEqual([400, expect.stringContaining("is not kept")]);
      expect(JSON.stringify(json)).not.toMatch(/4242|3704/);
      expect((await call("/api/holds")).json).toEqual({ items: [] });
    },
  );

  it.each([
    ["payment:ch_1", "charge:ch_1"],
    ["payment:py_1", "charge:py_1"],
    ["payment:in_1", "invoice:in_1"],
    ["charge:pi_1", "payment:pi_1"],
    ["kind:retry", "kind:retryPayment"],
    ["kind:refund", "kind:refund"],
    ["kind:retryPayment", "kind:retryPayment"],
    ["provider:stripe", "provider:stripe"],
    ["account:-", "account:-"],
    ["account:acct_1", "account:acct_1"],
    ["customer:cus_1", "customer:cus_1"],
    ["subscription:sub_1", "subscription:sub_1"],
  ])("%s is put on hold as %s, and lifted by either name", async (named, scope) => {
    expect((await add(named)).json).toMatchObject({ result: "held", hold: { scope } });
    expect((await lift(named)).json).toMatchObject({ result: "lifted", lift: { hold: { scope } } });
    expect((await lift(scope)).json).toMatchObject({ result: "lifted_before" });
    const { conflicts, accepted } = await local.ledger.totals();
    expect([conflicts, accepted]).toEqual([0, 2]);
  });

  it("stops the actions of that charge, when its charge is named as a payment", async () => {
    await add("payment:ch_1");
    const { id: actionId, provider, kind, ...rest } = refundAction(1, { charge: "ch_1" });
    expect(await gate.admit([{ ...rest, actionId, provider, kind }])).toMatchObject([{ kind: "held" }]);
  });

  it("is lifted as it was written, where it was written before such a scope was refused", async () => {
    for (const scope of ["payment:foo", "payment:ch_9", "account:TestMerchant_EU", "customer:cus_1,"] as const) {
      await gate.hold(scope, "old", "person");
      expect((await lift(scope)).json).toMatchObject({ result: "lifted", lift: { hold: { scope } } });
    }
  });
});

describe("lifting a hold", () => {
  const action = refundAction(1);
  const waiting = async () => {
    await local.ledger.putActions([newAction(action)]);
    await add("payment:pi_1");
    const [hold] = await gate.holds();
    if (hold === undefined) throw new Error("there is no hold");
    await local.ledger.held([{ ...action, hold, reason: "on hold", fence: null }]);
  };
  const held = async () => (await local.ledger.actions([action]))[0]?.held;

  it("lets the gate admit again, wakes what waited, and leaves its record in the ledger", async () => {
    await waiting();
    const heldAt = local.clock.now;
    local.clock.now += 60_000;
    expect((await lift("payment:pi_1", "cleared")).json).toMatchObject({
      result: "lifted",
      woken: 1,
      lift: { at: local.clock.now, reason: "cleared", hold: { scope: "payment:pi_1", at: heldAt } },
    });
    expect(await held()).toBeNull();
    expect((await call("/api/holds")).json.items).toEqual([]);
    expect(await traceOf(`lift:payment:pi_1:${heldAt}`)).toMatchObject({
      type: "countersign.lift",
      payment: "pi_1",
      text: "a person lifted the hold on payment pi_1: cleared",
    });
  });

  it("twice is one lift and one record, with the first reason", async () => {
    await waiting();
    await lift("payment:pi_1", "first");
    local.clock.now += 1_000;
    expect((await lift("payment:pi_1", "second")).json).toMatchObject({
      result: "lifted_before",
      woken: 0,
      lift: { reason: "first" },
    });
    expect(await local.ledger.totals()).toMatchObject({ accepted: 2, conflicts: 0 });
  });

  it.each(["accept", "wake"] as const)(
    "cut short at the ledger's %s is a 503; the same request again goes on where it stopped",
    async (step) => {
      await waiting();
      local.broken.add(step);
      expect((await lift("payment:pi_1")).status).toBe(503);
      expect(await held()).not.toBeNull();
      local.broken.clear();
      local.clock.now += 1_000;
      expect((await lift("payment:pi_1")).json).toMatchObject({ result: "lifted_before", woken: 1 });
      expect(await held()).toBeNull();
      expect(await local.ledger.totals()).toMatchObject({ accepted: 2, conflicts: 0 });
    },
  );

  it("writes the record of a rule's hold that had missed it", async () => {
    const { hold } = await gate.hold("payment:pi_1", "a forged grant", "rule");
    await lift("payment:pi_1");
    expect((await traceOf(`hold:payment:pi_1:${hold.at}`))?.text).toBe(
      "a rule put payment pi_1 on hold: a forged grant",
    );
  });

  it("that does not stand says so, and records nothing", async () => {
    expect((await lift("all")).json).toEqual({ result: "not_held", scope: "all" });
    expect((await local.ledger.totals()).accepted).toBe(0);
  });

  it("of everything leaves the others standing", async () => {
    await add("all");
    await add("customer:cus_1");
    await lift("all");
    expect((await call("/api/holds")).json.items).toMatchObject([{ scope: "customer:cus_1" }]);
  });

  it("and holding again is another hold, with records of its own, also within one millisecond", async () => {
    for (let n = 0; n < 3; n++) {
      expect((await add("all")).json.result).toBe("held");
      expect((await lift("all")).json.result).toBe("lifted");
    }
    expect(await local.ledger.totals()).toMatchObject({ accepted: 6, conflicts: 0 });
  });
});

test.each([
  ["/api/holds", { scope: "everything", reason: "x" }, "scope"],
  ["/api/holds", { scope: "customer:", reason: "x" }, "scope"],
  ["/api/holds", { scope: "customer:a b", reason: "x" }, "scope"],
  ["/api/holds", { scope: `customer:${"x".repeat(256)}`, reason: "x" }, "scope"],
  ["/api/holds", { scope: "dispute:dp_1", reason: "x" }, "scope"],
  ["/api/holds", { scope: "kind:escalate", reason: "x" }, "scope: no action of the kind escalate is executed: name"],
  ["/api/holds", { scope: "kind:refnd", reason: "x" }, "refnd"],
  ["/api/holds", { scope: "provider:adyen", reason: "x" }, "nothing is executed at adyen: name stripe"],
  ["/api/holds", { scope: "provider:strpe", reason: "x" }, "strpe"],
  [
    "/api/holds",
    { scope: "payment:foo", reason: "x" },
    "foo is not the id of a payment: name the provider's id of it (pi_…)",
  ],
  ["/api/holds", { scope: "payment:pi_", reason: "x" }, "pi_"],
  ["/api/holds", { scope: "payment:pi_1,", reason: "x" }, "pi_1,"],
  ["/api/holds", { scope: "invoice:INV-1042", reason: "x" }, "INV-1042 is not the id of an invoice"],
  ["/api/holds", { scope: "payment:sub_1", reason: "x" }, "name subscription:sub_1"],
  ["/api/holds", { scope: "subscription:cus_1", reason: "x" }, "name customer:cus_1"],
  ["/api/holds", { scope: "customer:pi_1", reason: "x" }, "name payment:pi_1"],
  ["/api/holds", { scope: "customer:acct_1", reason: "x" }, "name account:acct_1"],
  ["/api/holds", { scope: "account:cus_1", reason: "x" }, "name customer:cus_1"],
  ["/api/holds", { scope: "customer:cus_1,", reason: "x" }, "cus_1, is not the id of a customer"],
  ["/api/holds", { scope: "customer:INV-1", reason: "x" }, "name the provider's id of it (cus_…)"],
  ["/api/holds", { scope: "customer:re_1", reason: "x" }, "re_1 is not the id of a customer"],
  ["/api/holds", { scope: "account:Acct_1", reason: "x" }, "Acct_1 is not the id of an account"],
  ["/api/holds", { scope: "payment:pi_1_secret_2", reason: "x" }, "name what is before _secret_"],
  ["/api/holds", { scope: "all" }, "reason"],
  ["/api/holds", { scope: "all", reason: "  " }, "reason"],
  ["/api/holds", { scope: "all", reason: "x".repeat(501) }, "reason"],
  ["/api/holds", { scope: "all", reason: "x", by: "rule" }, "by"],
  ["/api/holds/lift", {}, "scope"],
  ["/api/holds/lift", { scope: "all", force: true }, "force"],
])("%s refuses a wrong body and names what is wrong: %j", async (path, body, wrong) => {
  const { status, json } = await call(path, body);
  expect(status).toBe(400);
  expect(json.detail).toContain(wrong);
  expect(await gate.holds()).toEqual([]);
});

test("every route about holds is closed without the token", async () => {
  expect((await call("/api/holds", undefined, "wrong")).status).toBe(401);
  expect((await call("/api/holds", { scope: "all", reason: "x" }, "wrong")).status).toBe(401);
  expect((await call("/api/holds/lift", { scope: "all" }, "wrong")).status).toBe(401);
  expect(await gate.holds()).toEqual([]);
});
