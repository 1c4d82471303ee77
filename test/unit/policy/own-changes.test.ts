import { describe, expect, it } from "vitest";
import type { Action } from "../../../shared/contracts/action.ts";
import { CLOCKS_APART_MS } from "../../../shared/core/time.ts";
import { type ChangeRow, ownChangesOf, unnamedChangesOf } from "../../../shared/policy/own-changes.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { policy } from "../../helpers/policy.ts";

const NOW = Date.parse("2026-10-24T09:00:00Z");
const HOUR_MS = 3_600_000;
/** `hoursAgo`: when it was decided, and when its row changed last. */
const row = (n: number, action: Partial<Action>, state: ChangeRow["state"], hoursAgo = n): ChangeRow => ({
  action: refundAction(n, { subject: "sub_1", payment: null, subscription: "sub_1", amountMinor: null, ...action }),
  state,
  createdAt: NOW - hoursAgo * HOUR_MS,
  updatedAt: NOW - hoursAgo * HOUR_MS,
  caseAbout: null,
});
const PAUSE = { kind: "pause", variant: "keep_as_draft" } as const;
const asked = { ...PAUSE, factKey: "request/request:r1" } as const;
const decidedOutside = { ...PAUSE, factKey: "outside_decision/outside:o1" } as const;
const caused = { ...PAUSE, factKey: "failed_renewal/in_1:2" } as const;
const resumed = { kind: "resume", variant: null, factKey: "request/request:r2" } as const;
const endedAtOnce = { kind: "cancel", variant: "at_once", factKey: "request/request:r3" } as const;
const endedLater = { ...endedAtOnce, variant: "at_period_end" } as const;
const endingOf = (...rows: ChangeRow[]) => ownChangesOf(rows, NOW, policy.guardrails).ending;
const pausedByFailure = (...rows: ChangeRow[]) => ownChangesOf(rows, NOW, policy.guardrails).pausedByFailure;
const pausingByFailure = (...rows: ChangeRow[]) => ownChangesOf(rows, NOW, policy.guardrails).pausingByFailure;
const OF_IN_1 = { behavior: "keep_as_draft", invoice: "in_1" };

describe("what ends collection and the provider may not show yet", () => {
  it.each(["ready", "scheduled", "in_flight", "unknown", "pending"] as const)(
    "is a pause that was asked for and is %s",
    (state) => {
      expect(endingOf(row(1, asked, state))).toMatchObject({ withPerson: false });
      expect(endingOf(row(1, decidedOutside, state))).toMatchObject({ withPerson: false });
      expect(endingOf(row(1, endedAtOnce, state))).toMatchObject({ withPerson: false });
    },
  );

  it.each(["case_opening", "case_open", "dead", "dead_lettered"] as const)(
    "is with a person while it is %s",
    (state) => {
      expect(endingOf(row(1, asked, state))).toMatchObject({ id: expect.any(String), withPerson: true });
    },
  );

  it("is none where none was asked for, it came to nothing, or it does not end collection", () => {
    expect(endingOf()).toBeNull();
    expect(endingOf(row(1, caused, "ready"))).toBeNull();
    expect(endingOf(row(1, asked, "declined"))).toBeNull();
    expect(endingOf(row(1, asked, "skipped"))).toBeNull();
    expect(endingOf(row(1, endedLater, "ready"))).toBeNull();
    expect(endingOf(row(1, resumed, "ready"))).toBeNull();
  });

  it("is what the provider shows by itself, once it was made before the provider was read", () => {
    expect(endingOf(row(1, asked, "succeeded"))).toBeNull();
    expect(endingOf({ ...row(1, asked, "succeeded"), updatedAt: NOW - 1_000 })).not.toBeNull();
  });

  it("is not shown by the provider for as long as clocks may be apart, to the millisecond", () => {
    const made = (agoMs: number) => ({ ...row(1, asked, "succeeded"), updatedAt: NOW - agoMs });
    expect(endingOf(made(CLOCKS_APART_MS))).not.toBeNull();
    expect(endingOf(made(CLOCKS_APART_MS + 1))).toBeNull();
  });

  it("is still asked for after another change was made since, but for a pause that was resumed", () => {
    for (const waits of [asked, endedAtOnce]) {
      expect(endingOf(row(3, waits, "case_open"), row(2, caused, "succeeded"))).toMatchObject({ withPerson: true });
      expect(endingOf(row(3, waits, "ready"), row(2, decidedOutside, "succeeded"))).toMatchObject({
        withPerson: false,
      });
    }
    expect(endingOf(row(3, endedAtOnce, "case_open"), row(2, resumed, "succeeded"))).toMatchObject({
      withPerson: true,
    });
  });

  it("is nothing that somebody asked for who may not, and what a person approved of it is", () => {
    for (const rule of ["requester", "customer"] as const) {
      const about = { caseAbout: { rule, refund: null } };
      for (const state of ["case_opening", "case_open"] as const)
        expect(endingOf({ ...row(1, asked, state), ...about })).toBeNull();
      expect(endingOf({ ...row(1, asked, "ready"), ...about })).not.toBeNull();
    }
    expect(endingOf({ ...row(1, asked, "case_open"), caseAbout: { rule: "status", refund: null } })).not.toBeNull();
  });

  it("is over once collecting was resumed after it, and not while that is only on its way", () => {
    expect(endingOf(row(2, asked, "case_open"), row(1, resumed, "succeeded"))).toBeNull();
    expect(endingOf(row(2, asked, "ready"), row(1, resumed, "ready"))).not.toBeNull();
    expect(endingOf(row(1, asked, "ready"), row(2, resumed, "succeeded"))).not.toBeNull();
  });
});

describe("a pause that a failed payment caused", () => {
  it("is the newest change of collection, made for a fact of that kind", () => {
    expect(pausedByFailure(row(1, caused, "succeeded"))).toEqual(OF_IN_1);
    expect(pausedByFailure(row(1, { ...caused, variant: "void" }, "succeeded"))).toEqual({
      behavior: "void",
      invoice: "in_1",
    });
    expect(pausedByFailure(row(1, asked, "succeeded"))).toBeNull();
    expect(pausedByFailure()).toBeNull();
  });

  it("is none before it was made", () => {
    for (const state of ["ready", "unknown", "case_open"] as const)
      expect(pausedByFailure(row(1, caused, state))).toBeNull();
  });

  it("is none any more once somebody asked for one, or resumed", () => {
    for (const state of ["ready", "skipped", "succeeded", "case_open"] as const)
      expect(pausedByFailure(row(2, caused, "succeeded"), row(1, asked, state))).toBeNull();
    expect(pausedByFailure(row(2, caused, "succeeded"), row(1, resumed, "succeeded"))).toBeNull();
  });

  it("stays one when the next failure asks for the same pause", () => {
    const second = { ...caused, factKey: "failed_renewal/in_1:3" } as const;
    for (const state of ["skipped", "ready"] as const)
      expect(pausedByFailure(row(2, caused, "succeeded"), row(1, second, state))).toEqual(OF_IN_1);
  });

  it("is on its way, or nobody knows, until it is settled", () => {
    for (const state of ["ready", "in_flight", "unknown", "pending", "case_open", "dead_lettered"] as const)
      expect(pausingByFailure(row(2, asked, "succeeded"), row(1, caused, state))).toBe(row(1, caused, state).action.id);
    for (const state of ["succeeded", "skipped", "declined"] as const)
      expect(pausingByFailure(row(1, caused, state))).toBeNull();
    expect(pausingByFailure(row(2, caused, "ready"), row(1, asked, "ready"))).toBeNull();
  });
});

describe("a change that was asked for without naming the subscription", () => {
  const UNNAMED = { subject: "cus_1", subscription: null, customer: "cus_1" } as const;
  const ofPayment = { subject: "pi_1", subscription: null, customer: null } as const;
  const unnamedOf = (...rows: ChangeRow[]) =>
    ownChangesOf([], NOW, policy.guardrails, unnamedChangesOf(rows, ["cus_1"])).ending;

  it.each([asked, endedLater, endedAtOnce])("is a person's while it came to nothing yet", (change) => {
    for (const where of [UNNAMED, ofPayment])
      for (const state of ["ready", "case_opening", "case_open", "dead_lettered"] as const)
        expect(unnamedOf(row(1, { ...change, ...where }, state))).toMatchObject({ withPerson: true });
  });

  it("is none once it is over, of another customer, with a name, caused by a failure or refused to a stranger", () => {
    const pause = { ...asked, ...UNNAMED };
    for (const state of ["succeeded", "skipped", "declined"] as const)
      expect(unnamedOf(row(1, pause, state))).toBeNull();
    expect(unnamedOf(row(1, { ...pause, customer: "cus_2" }, "case_open"))).toBeNull();
    expect(unnamedOf(row(1, { ...pause, subscription: "sub_2" }, "case_open"))).toBeNull();
    expect(unnamedOf(row(1, { ...caused, ...UNNAMED }, "case_open"))).toBeNull();
    expect(unnamedOf(row(1, { ...pause, kind: "refund" }, "case_open"))).toBeNull();
    const about = { caseAbout: { rule: "requester", refund: null } } as const;
    expect(unnamedOf({ ...row(1, pause, "case_open"), ...about })).toBeNull();
  });

  it("is over once the collecting was resumed after it", () => {
    const rows = [row(2, { ...asked, ...UNNAMED }, "case_open")];
    expect(ownChangesOf([row(1, resumed, "succeeded")], NOW, policy.guardrails, rows).ending).toBeNull();
    expect(ownChangesOf([row(3, resumed, "succeeded")], NOW, policy.guardrails, rows).ending).not.toBeNull();
  });
});
