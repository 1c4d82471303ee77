import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../shared/contracts/action.ts";
import type { ActionReport, NewAction } from "../../../shared/contracts/ledger.ts";
import { sumTotals } from "../../../shared/ledger/client/totals.ts";
import { LEASE_MS } from "../../../shared/ledger/settings.ts";
import { failure, first, openShard, refund, START, SWEEP_MS, succeeded, unknown } from "../../helpers/shard.ts";

const HOUR_MS = 3_600_000;
const item = refund(1);
const pending: Outcome = {
  kind: "pending",
  providerObject: "re_1",
  amountMinor: 4_250,
  note: "pending",
  checkAfterMs: 6 * HOUR_MS,
};

function open(of: NewAction = item) {
  const shard = openShard();
  shard.put(of);
  const totals = () => sumTotals([shard.shard.totals()]);
  return {
    ...shard,
    report: (says: ActionReport["says"], changes: Partial<ActionReport> = {}) =>
      first(shard.shard.recheck([{ ref: shard.refOf(of), says, refund: "re_1", ...changes }], shard.clock.now)),
    settled: (outcome: Outcome) => shard.settle(of, shard.lease(of).fence, outcome),
    state: () => shard.view(of).state,
    ended: () => totals().actions,
    rungAt: (now: number) => shard.shard.overdue(now, 10).actions.map(({ id }) => id),
  };
}

describe("news that a refund has failed", () => {
  it.each([
    ["a case", "guardrail"],
    ["given up", "queue_exhausted"],
  ] as const)("is not taken in by a row that has become %s in doubt: it is a case of its own", (_what, reason) => {
    const { report, settled, pass, fail } = open();
    settled(unknown());
    pass(LEASE_MS);
    fail(item, null, failure(reason));
    expect(report("failed")).toEqual({ kind: "not_ours" });
    expect(report("done")).toMatchObject({ kind: "as_it_is" });
  });

  it("is not taken in by a case in doubt whose words alone name that refund", () => {
    const { report, settled, lease, pass, fail } = open();
    settled(unknown());
    pass(LEASE_MS);
    fail(item, lease(item).fence, { ...failure("provider_refused"), detail: "re_1 is named here" });
    expect(report("failed")).toEqual({ kind: "not_ours" });
  });

  it("is taken in by a case that is about that refund already, in doubt or not", () => {
    const { report, settled, lease, pass, fail } = open();
    settled(unknown());
    pass(LEASE_MS);
    const read = { ...failure("provider_refused"), about: { rule: null, refund: "re_1" } };
    fail(item, lease(item).fence, read);
    expect(report("failed")).toMatchObject({ kind: "as_it_is", state: "case_opening" });
    expect(report("failed", { refund: "re_2" })).toEqual({ kind: "not_ours" });
  });

  it("is taken in by a case that nobody doubts", () => {
    const { report, fail } = open();
    fail(item, null, failure("guardrail"));
    expect(report("failed")).toMatchObject({ kind: "as_it_is" });
  });
});

describe("a report on a refund that is pending", () => {
  it("makes it due within two sweeps instead of six hours, for a read and no send", () => {
    const { report, settled, state, rungAt, lease } = open();
    settled(pending);
    expect(report("done")).toEqual({ kind: "due", actionKind: "refund" });
    expect(state()).toBe("pending");
    expect(rungAt(START + 2 * SWEEP_MS)).toEqual([item.action.id]);
    expect(lease(item)).toMatchObject({ readOnly: true, providerObject: "re_1" });
  });

  it("that says what is known already changes nothing", () => {
    const { report, settled, rungAt } = open();
    settled(pending);
    expect(report("pending")).toEqual({ kind: "as_it_is", state: "pending" });
    expect(rungAt(START + HOUR_MS)).toEqual([]);
  });

  it("is answered once until somebody has read", () => {
    const { report, settled, lease, settle } = open();
    settled(pending);
    expect([report("done"), report("done")]).toMatchObject([{ kind: "due" }, { kind: "as_it_is" }]);
    expect(report("failed")).toMatchObject({ kind: "due" });
    expect(report("done")).toMatchObject({ kind: "as_it_is" });
    settle(item, lease(item).fence, pending);
    expect(report("done")).toMatchObject({ kind: "due" });
  });

  it("that comes while it is being executed is read as soon as it was settled", () => {
    const { report, lease, settle, rungAt, clock } = open();
    const { fence } = lease(item);
    expect(report("done")).toEqual({ kind: "as_it_is", state: "in_flight" });
    settle(item, fence, pending);
    expect(rungAt(clock.now)).toEqual([item.action.id]);
  });
});

describe("a report on a refund that had succeeded", () => {
  it("and failed at the bank makes the same row wait for the provider's word, and leaves the totals", () => {
    const { report, settled, state, ended, view } = open();
    settled(succeeded());
    expect(ended()).toMatchObject([{ state: "succeeded", count: 1, amountMinor: 4_250 }]);
    expect(report("failed")).toEqual({ kind: "due", actionKind: "refund" });
    expect(state()).toBe("pending");
    expect(ended()).toEqual([]);
    expect(view(item).history.map(({ what }) => what)).toContain("reported");
  });

  it("is counted once when the provider says that it stands after all", () => {
    const { report, settled, ended, lease, settle, pass } = open();
    settled(succeeded());
    pass(48 * HOUR_MS);
    report("failed");
    const begun = lease(item);
    expect(begun).toMatchObject({ readOnly: true, providerObject: "re_1" });
    settle(item, begun.fence, succeeded());
    expect(ended()).toMatchObject([{ state: "succeeded", count: 1, amountMinor: 4_250 }]);
  });

  it("ends as one case, and counts as that alone, when the provider says that it failed", () => {
    const { report, settled, ended, lease, fail, shard, refOf, clock, view } = open();
    settled(succeeded());
    report("failed");
    fail(item, lease(item).fence, failure("provider_refused"));
    shard.caseOpened([refOf(item)], clock.now);
    expect(ended()).toMatchObject([{ state: "case_open", count: 1 }]);
    expect(report("failed")).toEqual({ kind: "as_it_is", state: "case_open" });
    expect(view(item)).toMatchObject({ state: "case_open", attempts: 2 });
  });

  it.each(["done", "pending"] as const)("that says %s changes nothing", (says) => {
    const { report, settled, view } = open();
    settled(succeeded());
    const before = view(item);
    expect(report(says)).toEqual({ kind: "as_it_is", state: "succeeded" });
    expect(view(item)).toEqual(before);
  });

  it("and that failed while it was being settled is read again at once", () => {
    const { report, lease, settle, state, rungAt, clock } = open();
    const { fence } = lease(item);
    report("failed");
    expect(settle(item, fence, succeeded())).toEqual({ kind: "settled", state: "pending" });
    expect([state(), rungAt(clock.now)]).toEqual(["pending", [item.action.id]]);
  });

  it("waits for a read again after every kind of failure, never as a fresh one that may be sent", () => {
    const { report, settled, lease, fail, state, shard, refOf, clock, pass } = open();
    settled(succeeded());
    report("failed");
    fail(item, lease(item).fence, failure("provider_unavailable"));
    expect(state()).toBe("pending");
    pass(HOUR_MS);
    fail(item, lease(item).fence, failure("queue_exhausted"));
    shard.redrive({ kind: "action", ...refOf(item) }, "n", clock.now);
    expect(state()).toBe("pending");
    expect(lease(item)).toMatchObject({ providerObject: "re_1" });
  });

  it("keeps what the provider had named when a later attempt ends without a clear answer", () => {
    const { report, settled, lease, settle, pass } = open();
    settled(succeeded());
    report("failed");
    settle(item, lease(item).fence, unknown());
    pass(HOUR_MS);
    expect(lease(item)).toMatchObject({ providerObject: "re_1" });
  });
});

describe("a report on what is in doubt", () => {
  it.each(["done", "pending", "failed"] as const)("makes an unknown one due to be read when it says %s", (says) => {
    const { report, settled, lease, rungAt, pass } = open();
    settled(unknown(START, START));
    expect(report(says)).toMatchObject({ kind: "due" });
    expect(rungAt(START + 2 * SWEEP_MS)).toEqual([item.action.id]);
    pass(LEASE_MS);
    expect(lease(item)).toMatchObject({ readOnly: true, providerObject: null });
  });

  it("makes one whose lease is over due to be read, and the attempt after that may send again", () => {
    const { report, lease, settle, pass } = open();
    lease(item);
    pass(LEASE_MS);
    expect(report("pending")).toMatchObject({ kind: "due" });
    const looking = lease(item);
    expect(looking.readOnly).toBe(true);
    settle(item, looking.fence, unknown());
    pass(HOUR_MS);
    expect(lease(item).readOnly).toBe(false);
  });

  it("is not forgotten when the attempt before it ends late and without a clear answer: the next one only reads", () => {
    const { report, lease, settle, pass, begin } = open();
    const late = lease(item);
    pass(LEASE_MS);
    expect(report("failed")).toMatchObject({ kind: "due" });
    settle(item, late.fence, unknown());
    pass(HOUR_MS);
    expect(begin(item)).toMatchObject({ kind: "granted", readOnly: true });
  });
});

describe("a report that is not about the row", () => {
  it("of an id that nobody knows, or of another payment's, changes nothing", () => {
    const { report, settled, state, refOf } = open();
    settled(succeeded());
    const { id, subject } = refOf(item);
    expect(report("failed", { ref: { id: `${id.slice(0, -1)}f`, subject } })).toEqual({ kind: "not_ours" });
    expect(report("failed", { ref: { id, subject: "pi_other" } })).toEqual({ kind: "not_ours" });
    expect(state()).toBe("succeeded");
  });

  it("of another refund than the one that the provider had named, with the id copied, changes nothing", () => {
    const { report, settled, state } = open();
    settled(succeeded());
    expect(report("failed", { refund: "re_copied" })).toEqual({ kind: "not_ours" });
    expect(state()).toBe("succeeded");
  });
});

describe("what a report never changes", () => {
  const kinds = [
    ["a capture", refund(1, { kind: "authorize", variant: "capture" })],
    ["a retry", refund(1, { kind: "retryPayment" })],
  ] as const;
  it.each(kinds)("is %s that has succeeded", (_what, of) => {
    const { report, settled, state } = open(of);
    settled(succeeded());
    expect(report("failed")).toEqual({ kind: "as_it_is", state: "succeeded" });
    expect(state()).toBe("succeeded");
  });

  it.each([
    ["ready", refund(1)],
    ["scheduled", refund(1, {}, { grant: null })],
    ["case_opening", refund(1, {}, { grant: null, caseReason: "a person's" })],
  ] as const)("is one that is %s", (state, of) => {
    const { report, view } = open(of);
    const before = view(of);
    expect(report("failed")).toEqual({ kind: "as_it_is", state });
    expect(view(of)).toEqual(before);
  });
});
