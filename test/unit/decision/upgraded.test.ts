/** The state of a deployment of before grants were signed with their decisions, and what becomes of it now. */
import { beforeEach, describe, expect, it } from "vitest";
import { actionIdOf } from "../../../shared/core/ids.ts";
import { createSigner } from "../../../shared/grant/sign.ts";
import { declineOf } from "../../../shared/providers/stripe/declines.ts";
import { GRANT_KEY, readFixture } from "../../helpers/identities.ts";
import { invoiceOf, paymentOf } from "../../helpers/memory-provider.ts";
import { openPipeline } from "../../helpers/pipeline.ts";
import { policy } from "../../helpers/policy.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const sql = readFixture("old-state/ungranted.sql");
const madeAt = Number(/^-- made at (\d+)$/m.exec(sql)?.[1]);

const owed = (name: string) =>
  paymentOf({
    payment: `pi_${name}`,
    charge: `ch_${name}`,
    invoice: `in_${name}`,
    invoiceState: invoiceOf(),
    status: "unpaid",
    capturedMinor: 0,
    decline: declineOf("insufficient_funds", null),
  });
const paid = (name: string) => paymentOf({ payment: `pi_${name}`, charge: `ch_${name}` });

let open: Awaited<ReturnType<typeof openPipeline>>;
beforeEach(async () => {
  const { kid, privateKey, publicKey } = GRANT_KEY;
  open = await openPipeline(
    [owed("second"), owed("waits"), owed("begun"), paid("renewed"), paid("lost"), paid("ready")],
    {
      stored: { sql, madeAt },
      key: { sign: await createSigner({ kid, privateKey }), publicKey: { kid, publicKey } },
    },
  );
  // A shard wakes when it is first called.
  await open.ledger.totals();
});
const newest = async (name: string) => {
  const views = await open.ledger.actionsOf(`pi_${name}`);
  const view = views.toSorted((a, b) => b.action.step - a.action.step)[0];
  if (view === undefined) throw new Error(`pi_${name} has no action`);
  return view;
};
const callsOf = async (name: string) => {
  const ids = (await open.ledger.actionsOf(`pi_${name}`)).map(({ action }) => action.id);
  return open.memory.calls.filter(({ actionId, effect }) => effect && ids.includes(actionId));
};

describe("a row of before", () => {
  it.each([
    ["a first try that waited without a grant", "waits", 1],
    ["a second try that waited without a grant", "second", 2],
    ["a refund that had asked for a new grant", "renewed", 1],
  ])(
    "%s goes through the guardrails once, has an authentic grant then, and is executed once",
    async (_w, name, step) => {
      expect(await newest(name)).toMatchObject({ version: 0, grant: null, grantWanted: "first", action: { step } });
      await open.pass(DAY_MS);
      const view = await newest(name);
      expect(view).toMatchObject({ state: "succeeded", version: 1, grantWanted: null, action: { step } });
      expect(view.history.filter(({ what }) => what === "granted")).toHaveLength(name === "renewed" ? 2 : 1);
      expect(await callsOf(name)).toHaveLength(1);
      expect([open.alarms, open.holds]).toEqual([[], []]);
    },
  );

  it("of which the guardrails say no by now is a case, and no alarm", async () => {
    open.memory.change("pi_waits", { decline: declineOf("stolen_card", null) });
    await open.pass(DAY_MS);
    expect(await newest("waits")).toMatchObject({ state: "case_open", caseAbout: { rule: "network_rules" } });
    expect([await callsOf("waits"), open.alarms, open.holds]).toEqual([[], [], []]);
  });

  it("with a grant of then is executed on it, once", async () => {
    await open.pass(HOUR_MS);
    expect(await newest("ready")).toMatchObject({ state: "succeeded" });
    expect(await callsOf("ready")).toHaveLength(1);
  });

  it("that was begun is granted anew by its grant of then, and when it is declined now has a next try", async () => {
    const first = await newest("begun");
    expect(first).toMatchObject({ version: 0, state: "in_flight", grant: { kid: "fixture" } });
    expect(first.grant?.claims).not.toContain("notBefore");
    const { account, mode, factKey, subject } = first.action;
    const own = async () => (await open.ledger.actionsOf(subject)).find(({ action }) => action.id === first.action.id);
    const until = async (isSo: () => Promise<boolean | undefined>) => {
      for (let minute = 0; minute < 120 && !(await isSo()); minute++) await open.pass(60_000);
    };
    await until(async () => (await own())?.grant?.claims.includes(policy.sections.guardrails));
    open.memory.disturb({
      kind: "answer",
      effect: { kind: "declined", decline: declineOf("insufficient_funds", null), note: "no money" },
    });
    await until(async () => (await own())?.state === "declined");
    const renewed = await own();
    expect(renewed?.grant?.claims).toContain(policy.sections.guardrails);
    const id = await actionIdOf({ account, mode, factKey, step: 2 });
    expect(await newest("begun")).toMatchObject({ action: { id }, grant: renewed?.grant, grantWanted: "next_step" });
    await open.pass(2 * DAY_MS);
    expect(await newest("begun")).toMatchObject({ action: { id }, state: "succeeded" });
    expect([(await callsOf("begun")).length, open.alarms]).toEqual([1, []]);
  });
});

describe("a decision of before whose action was never written", () => {
  it("is a case that says why, without an alarm: nothing shows that it was ours", async () => {
    await open.pass(DAY_MS);
    expect(await newest("lost")).toMatchObject({
      state: "case_open",
      grant: null,
      caseAbout: { rule: "grant" },
      caseReason: expect.stringContaining("decided by an earlier version"),
    });
    expect(await open.trace("request:lost")).toMatchObject({
      state: "case_open",
      event: { outcome: { reason: expect.stringContaining("ask again, or carry it out by hand") } },
    });
    expect([await callsOf("lost"), open.alarms, open.holds]).toEqual([[], [], []]);
  });
});

it("nothing of before is left waiting after some days", async () => {
  await open.pass(20 * DAY_MS);
  expect((await open.ledger.totals()).waiting).toEqual({ events: 0, actions: 0 });
});
