import { describe, expect, it } from "vitest";
import { ABOUT_NOTHING } from "../../../shared/contracts/rules.ts";
import type { ActionView } from "../../../shared/contracts/views.ts";
import { accountsBroken } from "../../chaos/book-accounts.ts";
import { honestStopped } from "../../chaos/book-honest.ts";
import { plantedBroken } from "../../chaos/book-planted.ts";
import { check } from "../../chaos/books.ts";
import type { Acts, Evidence } from "../../chaos/evidence.ts";
import type { Broken } from "../../chaos/invariants.ts";
import { type Asked, TAKEN_AWAY } from "../../chaos/tales/index.ts";
import { talesEnded } from "../../chaos/tales-ended.ts";
import { books, capture, evidence, refund, traceOf, view } from "../../helpers/chaos-evidence.ts";

const whys = (found: Broken[]): string[] => found.map(({ invariant, why }) => `${invariant}: ${why}`);

const askedOf: Asked = {
  kind: "a request",
  payment: "pi_1",
  move: "refund",
  sum: { exactly: 4_250 },
  account: null,
  isHonest: true,
};

describe("the book of what was stopped", () => {
  const asked = askedOf;
  const opened = (change: Partial<ActionView> = {}) =>
    view({ state: "case_open", caseReason: "a person must look", outcome: null, ...change });
  const found = (own: ActionView, acts: Partial<Acts> = {}, change: Partial<Evidence> = {}) => {
    const given = evidence(change, own);
    return whys(honestStopped({ ...given, acts: { ...given.acts, asked: [asked], ...acts } }));
  };
  const byHand = (amountMinor: number) => ({
    handRefunds: [{ id: "re_9", payment: "pi_1", amountMinor, begunAtMs: 0, doneAtMs: 0 }],
  });

  it("finds nothing where it was executed, was not honest, or has not ended", () => {
    expect(found(view())).toEqual([]);
    expect(found(opened(), { asked: [{ ...asked, isHonest: false }] })).toEqual([]);
    expect(found(view({ state: "ready" }))).toEqual([]);
    expect(found(opened(), { questions: new Map() }, { actions: new Map() })).toEqual([]);
  });

  it("sees a case, a dead letter and an end without an action, where nothing explains them", () => {
    const what = "stoppedHonest: a request, refund of pi_1:";
    expect(found(opened())).toEqual([`${what} act_1 (refund) is case_open: a person must look`]);
    const failure = { reason: "bug" as const, detail: "it threw" };
    expect(found(view({ state: "dead_lettered", failure }))).toEqual([
      `${what} act_1 (refund) is dead_lettered: it threw`,
    ]);
    expect(found(view({ state: "skipped" }))).toHaveLength(1);
    const trace = traceOf(null);
    const left = { ...trace, event: { ...trace.event, outcome: { kind: "none" as const, reason: "nothing to do" } } };
    expect(found(view(), {}, { actions: new Map(), traces: new Map([["request:1", left]]) })).toEqual([
      `${what} request:1: nothing to do`,
    ]);
  });

  it("does not take another kind of action of the same payment for it", () => {
    expect(found(view({}, { kind: "retryPayment" }))).toHaveLength(1);
  });

  it("takes a refund by hand for an explanation only where it is the same sum, or leaves too little", () => {
    const after = books({ captures: [capture("ch_1", { amountCapturedMinor: 9_000 })] });
    const room = { after };
    expect(found(opened(), byHand(4_250), room)).toEqual([]);
    expect(found(opened(), byHand(5_000), room)).toEqual([]);
    expect(found(opened(), byHand(1_000), room)).toHaveLength(1);
    const whole = [{ ...asked, sum: "whole" as const }];
    expect(found(opened(), { ...byHand(1_000), asked: whole }, room)).toEqual([]);
    expect(found(opened(), { asked: whole }, room)).toHaveLength(1);
  });

  it("takes the bank, the envelope, a revoked key and a Claude that did not answer for explanations", () => {
    expect(found(opened(), { bankFailures: [{ refund: "re_1", action: "act_1", payment: "pi_1" }] })).toEqual([]);
    expect(found(opened(), { bankFailures: [{ refund: "re_1", action: "act_1", payment: "pi_2" }] })).toHaveLength(1);
    expect(found(opened({ caseAbout: { ...ABOUT_NOTHING, rule: "envelope" } }))).toEqual([]);
    expect(found(opened({ caseAbout: { ...ABOUT_NOTHING, rule: "customer" } }))).toHaveLength(1);
    expect(found(opened(), { revokedKeys: [{ kid: "k", atMs: 1 }] })).toEqual([]);
    expect(found(opened(), { revokedKeys: [{ kid: "other", atMs: 1 }] })).toHaveLength(1);
    const escalated = (caseReason: string) => view({ state: "case_open", caseReason }, { kind: "escalate" });
    expect(found(escalated("could not be decided (claude_refused): Claude refused"))).toEqual([]);
    expect(found(escalated("Claude says that a person must look"))).toHaveLength(1);
    expect(found(opened({ caseReason: "could not be decided (claude_refused)" }))).toHaveLength(1);
  });

  it("asks for an explanation of each row that the questions led to", () => {
    const escalated = view({ state: "case_open", caseReason: "(claude_refused)" }, { id: "act_2", kind: "escalate" });
    const declined = { kind: "declined" as const, note: "", declineCode: null, next: null };
    const first = (own: ActionView) => {
      const actions = new Map([own, escalated].map((one) => [one.action.id, one]));
      const trace = traceOf(escalated);
      const outcome = { kind: "action" as const, actionId: "act_2", subject: "pi_1", reason: "" };
      const second = { ...trace, event: { ...trace.event, outcome } };
      const traces = new Map([
        ["request:1", traceOf(own)],
        ["request:2", second],
      ]);
      return found(own, { questions: new Map([["pi_1", ["request:1", "request:2"]]]) }, { actions, traces });
    };
    expect(first(opened())).toHaveLength(1);
    expect(first(opened({ caseAbout: { ...ABOUT_NOTHING, rule: "envelope" } }))).toEqual([]);
    expect(first(view({ state: "declined", outcome: declined }))).toEqual([]);
  });

  it("tells of each kind of tale what became of it", () => {
    const ended = (own: ActionView, kind = "refund: by hand") => {
      const given = evidence({}, own);
      return [...talesEnded({ ...given, acts: { ...given.acts, asked: [{ ...asked, kind }] } })];
    };
    expect(ended(view())).toEqual([["refund: by hand", { executed: 1, cases: 0, left: 0 }]]);
    expect(ended(opened())).toEqual([["refund: by hand", { executed: 0, cases: 1, left: 0 }]]);
    expect(ended(view({ state: "skipped" }))).toEqual([["refund: by hand", { executed: 0, cases: 0, left: 1 }]]);
    expect(ended(view(), "soft decline")).toEqual([]);
  });

  it("is one of the books", () => {
    const given = evidence({ cases: [] }, opened());
    expect(whys(check({ ...given, acts: { ...given.acts, asked: [asked] } })).join()).toContain("stoppedHonest");
  });
});

describe("the book of accounts", () => {
  const account = TAKEN_AWAY[0];
  const asked = { ...askedOf, account, sum: "nothing" as const };
  const found = (own: ActionView, by: "agent" | "rule", of: Asked = asked) => {
    const trace = traceOf(own);
    const fact = trace.fact;
    if (fact === null || fact.decision.kind !== "action") throw new Error("the sample has a decision");
    const record = { ...fact.decision.record, by };
    const told = { ...trace, fact: { ...fact, decision: { ...fact.decision, record } } };
    const given = evidence({ traces: new Map([["request:1", told]]) }, own);
    return whys(accountsBroken({ ...given, acts: { ...given.acts, asked: [of] } }));
  };
  const opened = (caseReason: string) => view({ state: "case_open", caseReason });

  it("asks for a case that names the account that cannot be reached, without a word to Claude", () => {
    expect(found(opened(`the key does not reach ${account}`), "rule")).toEqual([]);
    expect(found(opened("no payment was found"), "rule")).toEqual([
      `unaccounted: request:1 is about pi_1 in ${account}: no case names the account (case_open: no payment was found)`,
    ]);
    expect(found(view(), "rule")).toHaveLength(1);
    expect(found(opened(`the key does not reach ${account}`), "agent")).toEqual([
      `unaccounted: request:1 is about pi_1 in ${account}: Claude was asked about it`,
    ]);
  });

  it("has nothing to say of an account that can be reached, and of what has not ended", () => {
    expect(found(opened("no"), "agent", { ...asked, account: null })).toEqual([]);
    expect(found(view({ state: "ready" }), "agent")).toEqual([]);
  });
});

describe("the book of what was planted", () => {
  const planted = [{ action: "act_1", subject: "pi_1", payment: "pi_1", how: "no_grant" as const }];
  const opened = view({ state: "case_open", caseReason: "the grant is not ours" });
  const found = (own: ActionView, acts: Partial<Acts> = {}, change: Partial<Evidence> = {}) => {
    const given = evidence(change, own);
    return whys(plantedBroken({ ...given, acts: { ...given.acts, planted, ...acts } }));
  };
  const held = { scope: "payment:pi_1" as const, at: 1, reason: "forged", by: "rule" as const };

  it("asks for a case and an alarm, or the hold that an alarm comes with", () => {
    expect(found(opened, { alarms: ['{"alarm":true,"what":"grant.forged","action":"act_1"}'] })).toEqual([]);
    expect(found(opened, {}, { standing: [held] })).toEqual([]);
    expect(found(opened, { ruleHolds: [held] })).toEqual([]);
    expect(found(opened, { alarms: ['{"alarm":true,"action":"act_2"}'] })).toEqual([
      "unaccounted: act_1 was planted (no_grant): nobody was alarmed, and pi_1 was never on hold: the grant is not ours",
    ]);
    expect(found(opened, {}, { standing: [{ ...held, by: "person" }] })).toHaveLength(1);
  });

  it("sees what was executed, skipped or not kept", () => {
    for (const state of ["succeeded", "skipped", "declined"] as const)
      expect(found(view({ state }))).toEqual([
        `unaccounted: act_1 was planted (no_grant): it is ${state}, and no case`,
      ]);
    expect(found(view(), {}, { actions: new Map() })).toEqual([
      "unaccounted: act_1 was planted (no_grant): its row is not there",
    ]);
  });

  it("lets a second try with the grant of its first be left or told, and no more", () => {
    const second = [{ action: "act_1", subject: "pi_1", payment: "pi_1", how: "step_2_granted" as const }];
    for (const state of ["skipped", "case_open"] as const)
      expect(found(view({ state, caseReason: "no declined try" }), { planted: second })).toEqual([]);
    for (const state of ["succeeded", "declined"] as const)
      expect(found(view({ state }), { planted: second })).toHaveLength(1);
  });

  it("does not call lost that its payment stays on hold, and only that", () => {
    const all = (payment: string) => {
      const given = evidence({ standing: [{ ...held, scope: `payment:${payment}` }] }, view());
      return whys(check({ ...given, acts: { ...given.acts, planted } })).filter((why) => why.startsWith("lost"));
    };
    expect(all("pi_1")).toEqual([]);
    expect(all("pi_2")).toEqual(["lost: payment:pi_2 is still on hold, by a rule: forged"]);
  });

  it("says of what a planted row has moved that it was unmeant", () => {
    const given = evidence({ after: books({ refunds: [refund("re_1")] }) });
    expect(whys(check({ ...given, acts: { ...given.acts, planted } })).join()).toContain(
      "unmeant: refund of 4250 of pi_1 (re_1) by act_1: its row was planted (no_grant)",
    );
  });
});
