import { describe, expect, it } from "vitest";
import { GATE_ANSWER_MS } from "../../../shared/contracts/gate.ts";
import type { Scope } from "../../../shared/contracts/scopes.ts";
import { UNCLAIMED_RINGS_MAX } from "../../../shared/ledger/settings.ts";
import { openExecution } from "../../helpers/execution.ts";
import { createLocalGate } from "../../helpers/gate.ts";
import { createKey } from "../../helpers/keys.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";

const MINUTE_MS = 60_000;
const action = refundAction(1, { customer: "cus_1", charge: "ch_1" });
const other = refundAction(2);

/** The ladder with the real gate. */
async function open() {
  const opened = await openExecution([
    paymentOf({ customer: "cus_1" }),
    paymentOf({ payment: "pi_2", charge: "ch_2" }),
  ]);
  const gate = createLocalGate(opened.clock);
  opened.deps.gate = gate;
  const lift = async (scope: Scope): Promise<number> => {
    const lifted = await gate.lift(scope, null);
    if (lifted === null) throw new Error(`${scope} is not on hold`);
    return await opened.ledger.wake(lifted.lift.hold);
  };
  /** A refund during whose read something happens. */
  const interrupted = (during: () => unknown): "refund" => {
    const { provider } = opened.memory;
    const { findToRefund } = provider;
    provider.findToRefund = async (...given) => {
      provider.findToRefund = findToRefund;
      await during();
      return await findToRefund(...given);
    };
    return "refund";
  };
  const words = async (of = action): Promise<string[]> => (await opened.view(of)).history.map(({ what }) => what);
  return { ...opened, gate, lift, interrupted, words };
}

describe("a hold of each scope", () => {
  it.each([
    "all",
    "provider:stripe",
    "kind:refund",
    "account:-",
    "customer:cus_1",
    "subscription:sub_1",
    "invoice:in_1",
    "payment:pi_1",
    "charge:ch_1",
  ] as const)("%s stops an action that has it, and its lift lets it go on once", async (scope) => {
    const { put, run, view, gate, lift, memory } = await open();
    memory.change("pi_1", {
      invoiceParts: [{ invoice: "in_1", subscription: null, paidMinor: 10_000, creditedMinor: 0, overpaidMinor: 0 }],
    });
    const whole = refundAction(1, { customer: "cus_1", subscription: "sub_1", invoice: "in_1", charge: "ch_1" });
    await put(whole);
    await gate.hold(scope, "odd", "person");
    expect(await run("refund", whole)).toMatchObject([{ kind: "ack", outcome: "held" }]);
    expect(await view(whole)).toMatchObject({ state: "ready", held: { scope } });
    expect(memory.calls).toEqual([]);
    expect(await lift(scope)).toBe(1);
    expect((await view(whole)).held).toBeNull();
    await run("refund", whole);
    expect((await view(whole)).state).toBe("succeeded");
    expect(memory.calls).toHaveLength(1);
  });
});

describe("a hold of what only the provider shows", () => {
  const invoiceParts = ["in_a", "in_b"].map((invoice) => ({
    invoice,
    subscription: `sub_of_${invoice}`,
    paidMinor: 5_000,
    creditedMinor: 0,
    overpaidMinor: 0,
  }));

  it.each(["invoice:in_b", "subscription:sub_of_in_a", "charge:ch_1", "customer:cus_late"] as const)(
    "%s stops a refund that names its payment alone",
    async (scope) => {
      const { put, run, gate, lift, memory, view } = await open();
      memory.change("pi_1", { invoiceParts, customer: "cus_late" });
      const plain = refundAction(1);
      await put(plain);
      await gate.hold(scope, "odd", "person");
      await run("refund", plain);
      expect(memory.calls).toEqual([]);
      expect((await view(plain)).held).toMatchObject({ scope });
      expect(await lift(scope)).toBe(1);
      await run("refund", plain);
      expect(memory.calls).toHaveLength(1);
    },
  );

  it("stops the capture of what goes to an account on hold", async () => {
    const { put, run, gate, memory } = await open();
    memory.change("pi_1", { status: "held", capturedMinor: 0, capturableMinor: 4_250, destination: "acct_seller" });
    const capture = refundAction(1, { kind: "authorize", variant: "capture" });
    await put(capture);
    await gate.hold("account:acct_seller", "odd", "person");
    await run("authorize", capture);
    expect(memory.calls).toEqual([]);
  });
});

describe("two hundred actions on hold", () => {
  const HELD = 200;

  /** They are held and say so, all are due, and one that is not on hold is due after them. */
  async function openHeld() {
    const opened = await openExecution([paymentOf({ customer: "cus_1" })], 1);
    const gate = createLocalGate(opened.clock);
    opened.deps.gate = gate;
    await gate.hold("customer:cus_held", "odd", "person");
    const heldOnes = Array.from({ length: HELD }, (_, n) => refundAction(n + 10, { customer: "cus_held" }));
    for (const one of heldOnes) await opened.put(one);
    await opened.run("refund", ...heldOnes);
    opened.clock.now += 10 * MINUTE_MS;
    await opened.put(action);
    opened.clock.now += MINUTE_MS;
    opened.calls.length = 0;
    return { ...opened, heldOnes };
  }

  it("keep the pump from one that is not for as many rounds as they fill, and one more", async () => {
    const { pump, run, view, clock, calls } = await openHeld();
    const rounds = HELD / UNCLAIMED_RINGS_MAX;
    for (let round = 0; round <= rounds; round++) {
      await run("refund", ...pump().actions);
      clock.now += 1_000;
    }
    expect((await view(action)).state).toBe("succeeded");
    expect(calls.filter((call) => call === "release")).toHaveLength(rounds);
  });

  it("cost a batch in which every row is begun no call", async () => {
    const { run, calls } = await openHeld();
    await run("refund", action);
    expect(calls).not.toContain("release");
  });

  it("keep it from it while their executor is away: what is rung for and not looked at is on its way", async () => {
    const { pump, clock, heldOnes, ledger } = await openHeld();
    const rung: string[] = [];
    for (let round = 0; round < 5; round++) {
      rung.push(...pump().actions.map(({ id }) => id));
      // A person's look, or a trace, is no executor.
      await ledger.actions(heldOnes);
      await ledger.trace(action.id);
      clock.now += 1_000;
    }
    expect(rung).toHaveLength(UNCLAIMED_RINGS_MAX);
    expect(rung).not.toContain(action.id);
  });
});

describe("on hold", () => {
  it.each(["all", "customer:cus_1", "payment:pi_1"] as const)(
    "by %s an action waits; lifted, it is executed once",
    async (scope) => {
      const { put, run, gate, lift, memory, view } = await open();
      await put(action);
      await gate.hold(scope, "odd", "person");
      for (let n = 0; n < 3; n++) expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "held" }]);
      expect([memory.reads(), memory.effects()]).toEqual([0, 0]);
      expect(await view(action)).toMatchObject({
        state: "ready",
        attempts: 0,
        held: { scope, reason: `on hold (${scope}): odd` },
      });
      expect(await lift(scope)).toBe(1);
      await run("refund", action);
      await run("refund", action);
      expect(memory.effects()).toBe(1);
      expect(await view(action)).toMatchObject({ state: "succeeded", held: null });
    },
  );

  it("stops what it names and nothing else of the same batch", async () => {
    const { put, run, gate, memory } = await open();
    await put(action);
    await put(other);
    await gate.hold("customer:cus_1", "odd", "person");
    expect(await run("refund", action, other)).toEqual([
      { kind: "ack", outcome: "held" },
      { kind: "ack", outcome: "succeeded" },
    ]);
    expect(memory.calls).toMatchObject([{ actionId: other.id }]);
  });

  it("is told once in the row, and again when another hold keeps it", async () => {
    const { put, run, gate, words, calls, clock } = await open();
    await put(action);
    await gate.hold("payment:pi_1", "odd", "person");
    for (let n = 0; n < 5; n++) {
      await run("refund", action);
      clock.now += MINUTE_MS;
    }
    expect(await words()).toEqual(["granted", "held"]);
    expect(calls.filter((call) => call === "held")).toHaveLength(1);
    await gate.hold("all", "stop", "person");
    await run("refund", action);
    expect(await words()).toEqual(["granted", "held", "held"]);
  });

  it("an action that waits because of two holds goes on only when both are lifted", async () => {
    const { put, run, gate, lift, memory } = await open();
    await put(action);
    await gate.hold("all", "stop", "person");
    await gate.hold("payment:pi_1", "odd", "person");
    await run("refund", action);
    await lift("all");
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "held" }]);
    expect(memory.effects()).toBe(0);
    expect(await lift("payment:pi_1")).toBe(1);
    await run("refund", action);
    expect(memory.effects()).toBe(1);
  });

  it("a doubtful call stays in doubt; lifted, it is read first and not sent again", async () => {
    const { put, run, gate, lift, memory, view, clock } = await open();
    await put(action);
    memory.disturb({ kind: "lost_answer" });
    await run("refund", action);
    const readsBefore = memory.reads();
    await gate.hold("all", "stop", "person");
    clock.now += 5 * MINUTE_MS;
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "unknown", held: { scope: "all" } });
    expect(memory.reads()).toBe(readsBefore);
    await lift("all");
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "succeeded", outcome: { note: "found at the provider" } });
    expect(memory.calls).toHaveLength(1);
  });

  it("so long that its grant has expired, an action is granted anew under the same id before it is sent", async () => {
    const { put, run, gate, lift, memory, view, clock, ledger, sign } = await open();
    await put(action);
    await gate.hold("all", "stop", "person");
    await run("refund", action);
    clock.now += 48 * 60 * MINUTE_MS;
    await lift("all");
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "grant_requested" }]);
    await ledger.regrant([{ ref: action, grant: await sign(action), notBefore: null }]);
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "succeeded", action: { id: action.id } });
    expect(memory.calls).toMatchObject([{ key: `${action.id}:0` }]);
  });
});

describe("a hold that is added while an action is worked on", () => {
  it("stops it when the gate's answer is no longer good; the lease is given back and nothing was sent", async () => {
    const { put, run, gate, lift, memory, view, clock, interrupted, words } = await open();
    await put(action);
    const slow = interrupted(async () => {
      await gate.hold("all", "stop", "person");
      clock.now += GATE_ANSWER_MS;
    });
    expect(await run(slow, action)).toEqual([{ kind: "ack", outcome: "held" }]);
    expect(memory.calls).toEqual([]);
    expect(await view(action)).toMatchObject({ state: "ready", held: { scope: "all" } });
    expect(await words()).toEqual(["granted", "attempt 1", "held"]);
    await lift("all");
    await run("refund", action);
    expect(memory.effects()).toBe(1);
  });

  it("does not stop it within the 10 s for which the answer is good", async () => {
    const { put, run, gate, memory, clock, interrupted } = await open();
    await put(action);
    const quick = interrupted(async () => {
      await gate.hold("all", "stop", "person");
      clock.now += GATE_ANSWER_MS - 1;
    });
    await run(quick, action);
    expect(memory.effects()).toBe(1);
  });

  it("stops it too when the clock was set back meanwhile, which makes no answer younger", async () => {
    const { put, run, gate, memory, view, clock, interrupted } = await open();
    await put(action);
    const setBack = interrupted(async () => {
      await gate.hold("all", "stop", "person");
      clock.now -= 5 * MINUTE_MS;
    });
    await run(setBack, action);
    expect(memory.effects()).toBe(0);
    expect(await view(action)).toMatchObject({ held: { scope: "all" } });
  });

  it("and was doubtful before keeps its doubt", async () => {
    const { put, run, gate, memory, view, clock, interrupted } = await open();
    await put(action);
    memory.disturb({ kind: "answer", effect: { kind: "unclear", note: "timeout", storedError: false } });
    await run("refund", action);
    clock.now += MINUTE_MS;
    const slow = interrupted(async () => {
      await gate.hold("all", "stop", "person");
      clock.now += GATE_ANSWER_MS;
    });
    await run(slow, action);
    expect(await view(action)).toMatchObject({ state: "unknown", held: { scope: "all" } });
    expect(memory.effects()).toBe(0);
  });

  it("nothing is sent when the gate does not answer the second time", async () => {
    const { put, run, gate, memory, view, clock, interrupted } = await open();
    await put(action);
    const slow = interrupted(() => {
      gate.broken.add("admit");
      clock.now += GATE_ANSWER_MS;
    });
    expect(await run(slow, action)).toMatchObject([{ kind: "retry", reason: "gate_unavailable" }]);
    expect(memory.calls).toEqual([]);
    expect(await view(action)).toMatchObject({ state: "ready", failures: 0 });
  });

  it("the last of a slow batch is asked for again, before it is sent", async () => {
    const { put, run, gate, memory, clock, interrupted } = await open();
    const batch = Array.from({ length: 8 }, (_, n) =>
      refundAction(n + 1, {
        subject: "pi_1",
        payment: "pi_1",
        amountMinor: n + 1,
        factKey: `outside_decision/outside:f${n}`,
      }),
    );
    for (const one of batch) await put(one);
    let reads = 0;
    const slow = interrupted(async () => {
      reads += 1;
      if (reads !== 1) return;
      clock.now += GATE_ANSWER_MS;
      await gate.hold("all", "stop", "person");
    });
    await run(slow, ...batch);
    expect(reads).toBeGreaterThan(0);
    expect(memory.calls).toEqual([]);
  });
});

describe("an executor that learned of a hold before it was lifted, and says so after", () => {
  it("does not put the action back to wait: the row is due", async () => {
    const { put, run, gate, lift, ledger, view } = await open();
    await put(action);
    await gate.hold("all", "stop", "person");
    const { held } = ledger;
    ledger.held = async (items) => {
      expect(await lift("all")).toBe(0);
      await held(items);
    };
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "ready", held: null });
    expect((await view(action)).history.map(({ what }) => what)).toEqual(["granted", "held", "lifted"]);
  });
});

describe("a forged grant", () => {
  const forge = async (opened: Awaited<ReturnType<typeof open>>) => {
    const stranger = await createKey("key-1");
    await opened.put(action, {
      grant: await stranger.sign(action, {
        policyVersion: policy.sections.guardrails,
        expiresAt: opened.clock.now + MINUTE_MS,
        notBefore: null,
      }),
    });
  };

  it("puts its payment on hold, and the ledger keeps the record of it", async () => {
    const opened = await open();
    const { run, gate, memory, put, view, ledger, clock } = opened;
    await forge(opened);
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(await gate.holds()).toMatchObject([
      { scope: "payment:pi_1", by: "rule", reason: expect.stringContaining(action.id) },
    ]);
    expect((await view(action)).caseReason).toContain("holds lift --payment pi_1");
    const trace = await ledger.trace(`hold:payment:pi_1:${clock.now}`);
    expect(trace?.event.event).toMatchObject({ type: "countersign.hold", payment: "pi_1", mode: "test" });
    const sibling = refundAction(3, { subject: "pi_1", payment: "pi_1", amountMinor: 1 });
    await put(sibling);
    expect(await run("refund", sibling)).toEqual([{ kind: "ack", outcome: "held" }]);
    expect(memory.reads()).toBe(0);
  });

  it("is no case before that is done: while the gate does not take the hold, the row comes back and nothing is sent", async () => {
    const opened = await open();
    const { run, gate, memory, view, alarms, clock } = opened;
    await forge(opened);
    gate.broken.add("hold");
    expect(await run("refund", action)).toMatchObject([{ kind: "retry", reason: "gate_unavailable" }]);
    expect((await view(action)).state).toBe("ready");
    gate.broken.clear();
    clock.now += MINUTE_MS;
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(await gate.holds()).toMatchObject([{ scope: "payment:pi_1" }]);
    expect([memory.reads(), alarms.length]).toEqual([0, 2]);
  });

  it("puts its payment on hold though the ledger does not take the record now", async () => {
    const opened = await open();
    const { run, gate, view, broken, alarms } = opened;
    await forge(opened);
    broken.add("accept");
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect((await view(action)).state).toBe("case_opening");
    expect(await gate.holds()).toHaveLength(1);
    expect(alarms).toMatchObject([{ what: "grant.forged" }, { what: "hold.not_recorded", payment: "pi_1" }]);
  });
});

describe("an envelope that is used up", () => {
  const { customer: limitCents } = policy.envelopes;
  const fill = (gate: Awaited<ReturnType<typeof open>>["gate"]) =>
    gate.admit([
      {
        actionId: "act_big",
        provider: "stripe",
        kind: "refund",
        account: null,
        customer: "cus_1",
        subscription: null,
        invoice: null,
        payment: null,
        charge: null,
        amountMinor: limitCents,
        currency: "usd",
      },
    ]);

  it("makes the action a case that says which, and reads nothing", async () => {
    const { put, run, gate, memory, view } = await open();
    await put(action);
    await fill(gate);
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect((await view(action)).caseReason).toMatch(
      /^the hourly envelope of customer:cus_1 has no room for this: about 1000.00 of 1000.00 USD/,
    );
    expect(memory.reads()).toBe(0);
  });

  it("keeps no effect from being found: what is in doubt is read, and settles though nothing more may be sent", async () => {
    const { put, run, gate, memory, view, clock } = await open();
    await put(action);
    memory.disturb({ kind: "lost_answer" });
    await run("refund", action);
    clock.now += 61 * MINUTE_MS;
    await fill(gate);
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "succeeded" });
    expect(memory.calls).toHaveLength(1);
  });

  it("makes what is in doubt a case once the provider was read and shows no effect", async () => {
    const { put, run, gate, memory, view, clock, sign } = await open();
    await put(action, { grant: await sign(action, 120 * MINUTE_MS) });
    memory.disturb({ kind: "answer", effect: { kind: "unclear", note: "timeout", storedError: false } });
    await run("refund", action);
    const readsBefore = memory.reads();
    clock.now += 61 * MINUTE_MS;
    await fill(gate);
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(await view(action)).toMatchObject({ state: "case_opening", failure: { reason: "guardrail" } });
    expect(memory.reads()).toBeGreaterThan(readsBefore);
    expect(memory.effects()).toBe(0);
  });
});
