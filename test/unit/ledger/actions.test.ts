import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../shared/contracts/action.ts";
import { ABOUT_NOTHING } from "../../../shared/contracts/rules.ts";
import { failure, openShard, refund, START, SWEEP_MS, succeeded, unknown } from "../../helpers/shard.ts";

const LEASE_MS = 60_000;
const one = refund(1);

describe("putActions", () => {
  it("puts a granted action ready, one without a grant scheduled, one with a reason as a case", () => {
    const { put } = openShard();
    expect(
      put(
        one,
        refund(2, {}, { grant: null, notBefore: START + 5 }),
        refund(3, {}, { grant: null, caseReason: "too much" }),
      ),
    ).toEqual(["ready", "scheduled", "case_opening"]);
  });

  it("changes nothing the second time, and answers how the row stands", () => {
    const { put, lease, view } = openShard();
    put(one);
    lease(one);
    expect(put(refund(1, { amountMinor: 999_999 }))).toEqual(["in_flight"]);
    expect(view(one).action.amountMinor).toBe(4_250);
  });

  it("keeps no grant beside a case", () => {
    const { put, view } = openShard();
    put(refund(1, {}, { caseReason: "too much" }));
    expect(view(one).grant).toBeNull();
  });
});

describe("begin", () => {
  it("leases to one executor for a minute", () => {
    const { put, begin, lease, clock, pass } = openShard();
    put(one);
    expect(lease(one)).toMatchObject({ fence: 1, attempt: 1, leaseEndsAt: clock.now + LEASE_MS, keySpent: false });
    expect(begin(one)).toEqual({ kind: "in_flight" });
    pass(LEASE_MS - 1);
    expect(begin(one)).toEqual({ kind: "in_flight" });
  });

  it("leases the payment, not the action: a second one waits and stays due", () => {
    const { put, begin, lease, shard } = openShard();
    const other = refund(2, { subject: "pi_1", payment: "pi_1", amountMinor: 100 });
    put(one, other);
    lease(one);
    expect(begin(other)).toEqual({ kind: "in_flight" });
    expect(shard.earliestDue()).not.toBeNull();
  });

  it("lets other payments be", () => {
    const { put, lease } = openShard();
    put(one, refund(2));
    lease(one);
    expect(lease(refund(2)).fence).toBe(1);
  });

  it("gives an expired lease to the next one, under a higher fence and the same provider key", () => {
    const { put, lease, pass } = openShard();
    put(one);
    const before = lease(one);
    pass(LEASE_MS);
    const after = lease(one);
    expect([after.fence, after.key]).toEqual([before.fence + 1, before.key]);
  });

  it("blocks the payment after an unknown outcome until somebody has read it", () => {
    const { put, begin, lease, settle, pass } = openShard();
    const other = refund(2, { subject: "pi_1", payment: "pi_1", amountMinor: 100 });
    put(one, other);
    settle(one, lease(one).fence, unknown());
    pass(10 * LEASE_MS);
    expect(begin(other)).toEqual({ kind: "in_flight" });
    settle(one, lease(one).fence, succeeded());
    expect(begin(other).kind).toBe("granted");
  });

  it("blocks the payment while a doubtful action waits for a new grant", () => {
    const { put, begin, lease, settle, pass, shard, clock, refOf } = openShard();
    const other = refund(2, { subject: "pi_1", payment: "pi_1", amountMinor: 100 });
    put(one, other);
    settle(one, lease(one).fence, unknown());
    pass(LEASE_MS);
    shard.requestGrant(refOf(one), lease(one).fence, "expired", clock.now);
    expect(begin(other)).toEqual({ kind: "in_flight" });
  });

  it("never lets two doubtful actions of one payment wait for each other for ever", () => {
    const { put, begin, lease, pass, fail, shard, clock, refOf } = openShard();
    const other = refund(2, { subject: "pi_1", payment: "pi_1", amountMinor: 100 });
    put(one, other);
    lease(one);
    pass(LEASE_MS);
    fail(one, null, failure("queue_exhausted"));
    lease(other);
    pass(LEASE_MS);
    shard.redrive({ kind: "action", ...refOf(one) }, "n1", clock.now);
    const granted = [begin(one), begin(other)].filter(({ kind }) => kind === "granted");
    expect(granted).toHaveLength(1);
  });

  it("lets a payment go on beside one that is merely pending at the provider", () => {
    const { put, begin, lease, settle } = openShard();
    const other = refund(2, { subject: "pi_1", payment: "pi_1", amountMinor: 100 });
    put(one, other);
    settle(one, lease(one).fence, pending);
    expect(begin(other).kind).toBe("granted");
  });

  it("is over for what is settled, waits for what is scheduled, knows nothing of what is missing", () => {
    const { put, begin, lease, settle, shard } = openShard();
    const later = refund(2, {}, { grant: null, notBefore: START + 9 });
    put(one, later);
    settle(one, lease(one).fence, succeeded());
    expect(begin(one)).toEqual({ kind: "done", state: "succeeded" });
    expect(begin(later)).toEqual({ kind: "not_yet", notBefore: START + 9 });
    expect(shard.begin([{ id: "act_none", subject: "x" }], START)).toEqual([{ kind: "missing" }]);
  });
});

const pending: Outcome = {
  kind: "pending",
  providerObject: "re_1",
  amountMinor: 4_250,
  note: "",
  checkAfterMs: 3_600_000,
};

describe("settle", () => {
  it("refuses who holds an older fence", () => {
    const { put, lease, settle, pass, view } = openShard();
    put(one);
    const { fence } = lease(one);
    pass(LEASE_MS);
    const later = lease(one);
    expect(settle(one, fence, succeeded())).toEqual({ kind: "stale_fence" });
    expect(view(one).state).toBe("in_flight");
    expect(settle(one, later.fence, succeeded())).toEqual({ kind: "settled", state: "succeeded" });
  });

  it("takes the word of who holds the newest fence, even after the lease has ended", () => {
    const { put, lease, settle, pass } = openShard();
    put(one);
    const { fence } = lease(one);
    pass(10 * LEASE_MS);
    expect(settle(one, fence, succeeded())).toEqual({ kind: "settled", state: "succeeded" });
  });

  it("refuses to settle a second time", () => {
    const { put, lease, settle } = openShard();
    put(one);
    const { fence } = lease(one);
    settle(one, fence, succeeded());
    expect(settle(one, fence, { kind: "skipped", note: "late" })).toEqual({ kind: "stale_fence" });
  });

  it("looks at a pending one again when the provider was given its time", () => {
    const { put, lease, settle, shard } = openShard();
    put(one);
    settle(one, lease(one).fence, pending);
    expect(shard.earliestDue()).toBe(START + 3_600_000);
  });

  it("looks at an unknown one soon, and later each time", () => {
    const { put, lease, settle, shard, clock } = openShard();
    put(one);
    const waits = [1, 2, 3, 4].map(() => {
      settle(one, lease(one).fence, unknown());
      const due = shard.earliestDue() ?? 0;
      const wait = due - clock.now;
      clock.now = due;
      return wait;
    });
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000]);
  });

  it("schedules the next step of a declined payment as an action of its own, once", () => {
    const { put, lease, settle, shard } = openShard();
    const payment = refund(1, { kind: "retryPayment" });
    put(payment);
    const id = `act_${"9".repeat(32)}`;
    const next = { actionId: id, step: 2, notBefore: START + 7_000_000 };
    settle(payment, lease(payment).fence, { kind: "declined", note: "no money", declineCode: null, next });
    expect(shard.actions([{ id, subject: "pi_1" }])[0]).toMatchObject({
      state: "scheduled",
      notBefore: START + 7_000_000,
      grant: { kid: "k" },
      grantWanted: "next_step",
      action: { step: 2, factKey: "outside_decision/outside:1", kind: "retryPayment" },
    });
    expect(shard.earliestDue()).toBe(START + 7_000_000);
  });
});

describe("failAction", () => {
  it("hands an action that may be tried again back, due after the wait and the heartbeat", () => {
    const { put, lease, fail, view, shard } = openShard();
    put(one);
    expect(fail(one, lease(one).fence, failure("provider_rate_limited", 9_000))).toEqual({
      disposition: "retry",
      delaySeconds: 9,
    });
    expect(view(one).state).toBe("ready");
    expect(shard.earliestDue()).toBe(START + 9_000 + 2 * SWEEP_MS);
  });

  it("does not believe who lost the fence", () => {
    const { put, lease, fail, pass, view } = openShard();
    put(one);
    const { fence } = lease(one);
    pass(LEASE_MS);
    lease(one);
    fail(one, fence, failure("guardrail"));
    expect(view(one)).toMatchObject({ state: "in_flight", failure: null });
  });

  it("keeps the doubt of an expired lease when the next attempt could not even ask", () => {
    const { put, lease, fail, pass, view } = openShard();
    put(one);
    lease(one);
    pass(LEASE_MS);
    fail(one, lease(one).fence, failure("provider_rate_limited"));
    expect(view(one).state).toBe("unknown");
  });

  it("does not raise the dead: only a redrive does", () => {
    const { put, fail, view } = openShard();
    put(one);
    fail(one, null, failure("queue_exhausted"));
    fail(one, null, failure("provider_unavailable"));
    fail(one, null, failure("guardrail"));
    expect(view(one).state).toBe("dead");
  });

  it("lets nobody without a fence speak while the lease runs", () => {
    const { put, lease, fail, view } = openShard();
    put(one);
    lease(one);
    expect(fail(one, null, failure("queue_exhausted"))).toEqual({ disposition: "retry", delaySeconds: 1 });
    expect(view(one).state).toBe("in_flight");
  });

  it("reads before it sends again when the one who held the lease never said how its call ended", () => {
    const { put, lease, fail, pass, view } = openShard();
    put(one);
    lease(one);
    pass(LEASE_MS);
    fail(one, null, failure("bug"));
    expect(view(one).state).toBe("unknown");
  });

  it("counts a bug that an executor meets after its begin, so that it ends in a dead letter and not in a circle", () => {
    const { put, lease, fail, pass, view } = openShard();
    put(one);
    const dispositions = Array.from({ length: 6 }, () => {
      const answer = fail(one, lease(one).fence, failure("bug"));
      pass(700_000);
      return answer.disposition;
    });
    expect(dispositions).toEqual(["retry", "retry", "retry", "retry", "retry", "dead"]);
    expect(view(one).state).toBe("dead");
  });

  it("takes a bug in the middle of an attempt for a call that may have had an effect", () => {
    const { put, lease, fail, begin, view } = openShard();
    const other = refund(2, { subject: "pi_1", payment: "pi_1", amountMinor: 100 });
    put(one, other);
    fail(one, lease(one).fence, failure("bug"));
    expect(view(one).state).toBe("unknown");
    expect(begin(other)).toEqual({ kind: "in_flight" });
  });

  it("opens a case about what the failure says that it is about, and keeps that through a dead letter", () => {
    const { put, lease, fail, view, shard, clock, refOf } = openShard();
    const about = { rule: "captured", refund: "re_1" } as const;
    put(one, refund(2));
    fail(one, lease(one).fence, { ...failure("guardrail"), about });
    expect([view(one).caseAbout, view(refund(2)).caseAbout]).toEqual([about, null]);
    fail(one, null, failure("queue_exhausted"));
    shard.redrive({ kind: "action", ...refOf(one) }, "n", clock.now);
    expect(view(one)).toMatchObject({ state: "case_opening", caseAbout: about });
  });

  it("opens a case where the reason says so, and keeps the reason", () => {
    const { put, lease, fail, view, shard } = openShard();
    put(one);
    expect(fail(one, lease(one).fence, failure("guardrail")).disposition).toBe("case");
    expect(view(one)).toMatchObject({
      state: "case_opening",
      caseReason: "guardrail happened",
      caseAbout: ABOUT_NOTHING,
    });
    expect(shard.earliestDue()).not.toBeNull();
    shard.caseOpened([{ id: one.action.id, subject: "pi_1" }], START);
    expect(view(one).state).toBe("case_open");
    expect(shard.earliestDue()).toBeNull();
  });

  it("says nothing more of a settled action", () => {
    const { put, lease, settle, fail, view } = openShard();
    put(one);
    settle(one, lease(one).fence, succeeded());
    fail(one, null, failure("queue_exhausted"));
    expect(view(one).state).toBe("succeeded");
  });
});

describe("a new grant", () => {
  it("is asked for by who holds the fence alone", () => {
    const { put, lease, shard, view, refOf } = openShard();
    put(one);
    const { fence } = lease(one);
    shard.requestGrant(refOf(one), fence + 1, "expired", START);
    expect(view(one).state).toBe("in_flight");
    shard.requestGrant(refOf(one), fence, "expired", START);
    expect(view(one)).toMatchObject({ state: "scheduled", grantWanted: "renewal", grant: { kid: "k" } });
  });

  it("makes a scheduled action ready, and a doubtful one unknown: read first", () => {
    const { put, lease, settle, pass, shard, view, refOf, clock } = openShard();
    put(one);
    settle(one, lease(one).fence, unknown());
    pass(LEASE_MS);
    shard.requestGrant(refOf(one), lease(one).fence, "expired", clock.now);
    shard.regrant(
      [{ ref: refOf(one), grant: { kid: "k2", claims: "{}", signature: "s" }, notBefore: null }],
      clock.now,
    );
    expect(view(one)).toMatchObject({ state: "unknown", grant: { kid: "k2" } });
  });

  it("is given at once the first time, and waited for longer each time that it was no good either", () => {
    const { put, lease, shard, view, refOf, clock, pass } = openShard();
    put(one);
    const waits = [1, 2, 3, 4].map(() => {
      shard.requestGrant(refOf(one), lease(one).fence, "old policy", clock.now);
      const waitMs = (view(one).notBefore ?? 0) - clock.now;
      pass(waitMs);
      shard.regrant(
        [{ ref: refOf(one), grant: { kid: "k2", claims: "{}", signature: "s" }, notBefore: null }],
        clock.now,
      );
      return waitMs;
    });
    expect(waits).toEqual([0, SWEEP_MS / 6, SWEEP_MS / 3, (2 * SWEEP_MS) / 3]);
  });

  it("is waited for again when the provider could not be read for it, doubtful or not", () => {
    const { put, lease, settle, pass, shard, view, begin, refOf, clock, fail } = openShard();
    put(one);
    settle(one, lease(one).fence, unknown());
    pass(LEASE_MS);
    shard.requestGrant(refOf(one), lease(one).fence, "expired", clock.now);
    fail(one, null, failure("provider_unavailable"));
    expect(view(one).state).toBe("scheduled");
    expect(begin(one).kind).toBe("not_yet");
  });

  it("is not given to what is not waiting for one", () => {
    const { put, shard, view, refOf } = openShard();
    put(one);
    shard.regrant([{ ref: refOf(one), grant: { kid: "other", claims: "{}", signature: "s" }, notBefore: null }], START);
    expect(view(one).grant?.kid).toBe("k");
  });

  it("can be refused to a scheduled action alone", () => {
    const { put, shard, view, refOf } = openShard();
    const later = refund(2, {}, { grant: null });
    put(one, later);
    shard.openCase(refOf(one), "no", ABOUT_NOTHING, null, START);
    shard.openCase(refOf(later), "no", ABOUT_NOTHING, null, START);
    expect([view(one).state, view(later).state]).toEqual(["ready", "case_opening"]);
  });
});

describe("dead actions", () => {
  const ref = { kind: "action", id: one.action.id, subject: "pi_1" } as const;

  it("are kept, then redriven once a nonce, to where they were", () => {
    const { put, fail, shard, view, clock } = openShard();
    put(one);
    fail(one, null, failure("queue_exhausted"));
    expect(view(one).state).toBe("dead");
    shard.deadLettered(ref, clock.now);
    expect(view(one).state).toBe("dead_lettered");
    expect(shard.redrive(ref, "n1", clock.now)).toBe("redriven");
    expect(view(one)).toMatchObject({ state: "ready", failures: 0 });
    expect(shard.redrive(ref, "n1", clock.now)).toBe("already");
    expect(shard.redrive(ref, "n2", clock.now)).toBe("not_dead");
  });

  it("come back as unknown when a call of theirs was never read", () => {
    const { put, lease, pass, fail, shard, view, clock } = openShard();
    put(one);
    lease(one);
    pass(LEASE_MS);
    fail(one, null, failure("queue_exhausted"));
    shard.redrive(ref, "n1", clock.now);
    expect(view(one).state).toBe("unknown");
  });

  it("come back as a case when a case was what could not be opened", () => {
    const { put, fail, shard, view, clock } = openShard();
    put(refund(1, {}, { grant: null, caseReason: "too much" }));
    fail(one, null, failure("queue_exhausted"));
    expect(shard.deadRow(ref)).toMatchObject({ dead: true, queue: "escalate" });
    shard.redrive(ref, "n1", clock.now);
    expect(view(one).state).toBe("case_opening");
  });

  it("come back scheduled when they had no grant", () => {
    const { put, fail, shard, view, clock } = openShard();
    put(refund(1, {}, { grant: null }));
    fail(one, null, failure("queue_exhausted"));
    expect(shard.deadRow(ref)).toMatchObject({ queue: "events" });
    shard.redrive(ref, "n1", clock.now);
    expect(view(one).state).toBe("scheduled");
  });
});
