import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Action } from "../../../shared/contracts/action.ts";
import type { CaseSeen } from "../../../shared/contracts/case-seen.ts";
import type { GivenApproval } from "../../../shared/contracts/ledger.ts";
import { ABOUT_NOTHING } from "../../../shared/contracts/rules.ts";
import {
  ANN,
  BEN,
  caseItem,
  DAY_MS,
  GRANT,
  keep,
  LATER,
  no,
  openCaseOf,
  refuse,
  shown,
  signedOf,
  use,
  yes,
} from "../../helpers/deciding.ts";
import { storedActions } from "../../helpers/rows.ts";
import { failure, type OpenShard, openShard, refund, START, succeeded, unknown } from "../../helpers/shard.ts";

const SEEN: CaseSeen = { of: "payment", facts: { refundedMinor: 5 } };

/** An open case with the approval of one person. */
function approvedCase(changes: Parameters<typeof yes>[3] = {}, item = caseItem()) {
  const open = openShard();
  openCaseOf(open, item);
  return { open, item, approval: signedOf(yes(open, item, ANN, changes)) };
}
/** Begun once, and then a case again: as after a refusal of the provider. */
function begunCase(doubt: boolean) {
  const open = openShard();
  const item = refund(1);
  open.put(item);
  const { fence } = open.lease(item);
  if (doubt) open.settle(item, fence, unknown());
  open.fail(item, doubt ? null : fence, failure("provider_refused"));
  keep(open, item);
  return { open, item };
}

describe("an approval that has passed the guardrails again", () => {
  it("makes the action ready for its executor, with its grant and who approved", () => {
    const { open, item, approval } = approvedCase();
    expect(use(open, item, approval)).toEqual({ kind: "approved", state: "ready" });
    expect(open.view(item)).toMatchObject({
      state: "ready",
      grant: GRANT,
      caseReason: null,
      caseApprovals: null,
      approved: { approval: "approval:1", approvers: [ANN.id], overrides: ["confidence"], until: LATER, round: 1 },
    });
    expect(open.lease(item)).toMatchObject({ grant: GRANT, attempt: 1, key: `${item.action.id}:0` });
    expect(open.shard.overdue(START + 10 ** 9, 10).actions).toMatchObject([{ id: item.action.id }]);
  });

  it("waits where its grant is good only later", () => {
    const { open, item, approval } = approvedCase();
    expect(use(open, item, approval, { notBefore: START + DAY_MS })).toMatchObject({ state: "scheduled" });
    expect(open.begin(item)).toEqual({ kind: "not_yet", notBefore: START + DAY_MS });
  });

  it("is executed in the amount and the variant that were approved", () => {
    const { open, item, approval } = approvedCase({ change: { amountMinor: 1_000 } });
    const action = { ...item.action, amountMinor: 1_000 };
    expect(use(open, item, approval, { action })).toMatchObject({ kind: "approved" });
    expect(open.lease(item).action).toEqual(action);
    expect(storedActions(open.sql)[0]?.action).toEqual(action);
  });

  it("is answered the same again, and changes nothing, whatever has become of the action", () => {
    const { open, item, approval } = approvedCase();
    use(open, item, approval);
    open.settle(item, open.lease(item).fence, succeeded());
    const before = storedActions(open.sql);
    expect(use(open, item, approval)).toEqual({ kind: "approved", state: "succeeded" });
    expect(refuse(open, item, approval)).toEqual({ kind: "as_it_is", state: "succeeded" });
    expect(storedActions(open.sql)).toEqual(before);
  });

  it("is not used where only half of it was given, or none", () => {
    const open = openShard();
    const item = openCaseOf(open);
    const { round, proposal } = shown(open, item);
    const forged: GivenApproval = {
      id: "approval:1",
      round,
      proposal,
      change: null,
      overrides: ["confidence"],
      expiresAt: LATER,
      approvers: [ANN],
    };
    expect(use(open, item, forged)).toMatchObject({ why: "not_approved" });
    yes(open, item, ANN, { needs: 2 });
    expect(use(open, item, forged)).toMatchObject({ why: "not_approved" });
    expect(refuse(open, item, forged)).toEqual({ kind: "as_it_is", state: "case_open" });
    expect(open.view(item)).toMatchObject({ state: "case_open", caseRound: 1 });
  });

  it.each<[string, Partial<GivenApproval>]>([
    ["people", { approvers: [ANN, BEN] }],
    ["overrides", { overrides: ["confidence", "duplicate"] }],
    ["terms", { change: { amountMinor: 1 } }],
    ["proposal", { proposal: "0".repeat(32) }],
    ["time", { expiresAt: LATER + 1 }],
  ])("is not used where it is of other %s than the row's", (_what, changes) => {
    const { open, item, approval } = approvedCase();
    expect(use(open, item, { ...approval, ...changes })).toMatchObject({ kind: "not_taken", why: "not_approved" });
    expect(open.shard.supersede(open.refOf(item), { ...approval, ...changes }, "pi_2", START)).toMatchObject({
      why: "not_approved",
    });
    expect(open.view(item).state).toBe("case_open");
  });

  it("is not used in another round, nor once it has expired, nor before its case is with people again", () => {
    const { open, item, approval } = approvedCase();
    expect(use(open, item, { ...approval, round: 2 })).toMatchObject({ why: "other_round" });
    open.shard.caseOpened([{ ...open.refOf(item), standingAt: 7 }], START);
    expect(use(open, item, approval)).toMatchObject({ why: "not_open", stands: { isComing: true } });
    keep(open, item);
    open.clock.now = LATER;
    expect(use(open, item, approval)).toMatchObject({ why: "expired" });
    expect(open.view(item).state).toBe("case_open");
  });

  it.each<[string, Partial<Action>]>([
    ["another payment", { payment: "pi_9" }],
    ["another subject", { subject: "pi_9" }],
    ["another fact", { factKey: "other" }],
    ["another kind", { kind: "authorize" }],
    ["another account", { account: "acct_9" }],
    ["another step", { step: 2 }],
  ])("never makes it one of %s", (_what, changes) => {
    const { open, item, approval } = approvedCase();
    const action = { ...item.action, ...changes };
    expect(use(open, item, approval, { action })).toMatchObject({ kind: "not_taken", why: "other_action" });
  });

  it("may name what was not known of its target when it became a case", () => {
    const { open, item, approval } = approvedCase();
    expect(
      use(open, item, approval, { action: { ...item.action, charge: "ch_1", destination: "acct_1" } }),
    ).toMatchObject({
      kind: "approved",
    });
  });

  it("executes nothing that has no executor", () => {
    const item = caseItem(1, { action: { ...refund(1).action, kind: "escalate" } });
    const { open, approval } = approvedCase({}, item);
    expect(use(open, item, approval)).toMatchObject({ why: "not_executable" });
  });

  it("goes on as proposed after an attempt, with the key of before, and reads first what is in doubt", () => {
    const refusedBefore = begunCase(false);
    const approval = signedOf(yes(refusedBefore.open, refusedBefore.item, ANN));
    expect(use(refusedBefore.open, refusedBefore.item, approval)).toMatchObject({ state: "ready" });
    const { open, item } = begunCase(true);
    expect(use(open, item, signedOf(yes(open, item, ANN)))).toMatchObject({ state: "unknown" });
    expect(open.lease(item)).toMatchObject({ attempt: 2, key: `${item.action.id}:0`, mayHaveActedSince: START });
  });

  it.each([
    ["begun", false],
    ["uncertain", true],
  ] as const)("never changes what was %s", (why, doubt) => {
    const { open, item } = begunCase(doubt);
    const approval = signedOf(yes(open, item, ANN));
    const action = { ...item.action, amountMinor: 1 };
    expect(use(open, item, approval, { action })).toMatchObject({ kind: "not_taken", why });
    expect(open.shard.supersede(open.refOf(item), approval, "pi_2", START)).toMatchObject({ kind: "not_taken", why });
    expect(yes(open, item, BEN, { change: { amountMinor: 1 } })).toMatchObject({ why: "approved_before" });
  });

  it("is spent when its execution fails: the case comes back in the next round, with what happened", () => {
    const { open, item, approval } = approvedCase();
    use(open, item, approval);
    open.fail(item, open.lease(item).fence, { ...failure("provider_refused"), seen: SEEN });
    keep(open, item);
    expect(open.view(item)).toMatchObject({
      state: "case_open",
      caseRound: 2,
      caseReason: "provider_refused happened",
      caseSeen: SEEN,
      caseApprovals: null,
    });
    const before = storedActions(open.sql);
    expect(use(open, item, approval)).toEqual({ kind: "approved", state: "case_open" });
    expect(use(open, item, { ...approval, id: "approval:2" })).toMatchObject({ why: "other_round" });
    expect(refuse(open, item, approval)).toEqual({ kind: "as_it_is", state: "case_open" });
    expect(storedActions(open.sql)).toEqual(before);
    expect(yes(open, item, ANN, { key: "second" })).toMatchObject({ kind: "approved", given: { round: 2 } });
  });
});

describe("an approval of a duplicate", () => {
  const second = caseItem(2, { action: { ...refund(2).action, subject: "pi_1", payment: "pi_1" } });

  it("is refused by the row, and executed where it overrides that by name", () => {
    const open = openShard();
    openCaseOf(open, second);
    const approval = signedOf(yes(open, second, ANN));
    open.put(refund(1));
    expect(use(open, second, approval)).toMatchObject({ kind: "duplicate", about: { rule: "duplicate" } });
    expect(open.view(second).state).toBe("case_open");
    refuse(open, second, approval);
    keep(open, second);
    const over = signedOf(yes(open, second, ANN, { key: "over", overrides: ["duplicate"] }), "approval:2");
    expect(use(open, second, over)).toEqual({ kind: "approved", state: "ready" });
  });

  it("passes no retry beside one that is under way, whatever it overrides", () => {
    const retry = (n: number) => ({
      ...refund(n).action,
      kind: "retryPayment" as const,
      subject: "in_1",
      invoice: "in_1",
    });
    const open = openShard();
    const item = openCaseOf(open, caseItem(2, { action: retry(2) }));
    open.put(refund(1, retry(1)));
    expect(use(open, item, signedOf(yes(open, item, ANN, { overrides: ["duplicate"] })))).toMatchObject({
      kind: "duplicate",
      reason: expect.stringContaining("under way"),
    });
  });
});

describe("an approval that is refused", () => {
  it("brings the case back in the next round, with the reason and what was read, and has no other effect", () => {
    const { open, item, approval } = approvedCase();
    const refusal = { reason: "refunded meanwhile", about: { rule: "captured", refund: "re_1" }, seen: SEEN } as const;
    expect(open.shard.approvalRefused(open.refOf(item), approval, refusal, START)).toEqual({
      kind: "reopened",
      round: 2,
    });
    expect(open.view(item)).toMatchObject({
      state: "case_opening",
      caseRound: 2,
      caseReason: "refunded meanwhile",
      caseAbout: { rule: "captured", refund: "re_1" },
      caseSeen: SEEN,
      caseApprovals: null,
      attempts: 0,
      grant: null,
    });
    expect(open.view(item).history.map(({ what }) => what)).toContain("approval refused");
  });

  it("is refused once: again it changes nothing, nor does it after the next one", () => {
    const { open, item, approval } = approvedCase();
    refuse(open, item, approval);
    keep(open, item);
    const before = storedActions(open.sql);
    expect(refuse(open, item, approval)).toEqual({ kind: "as_it_is", state: "case_open" });
    expect(use(open, item, approval)).toMatchObject({ why: "other_round" });
    expect(storedActions(open.sql)).toEqual(before);
    yes(open, item, ANN, { key: "next" });
    expect(refuse(open, item, approval)).toEqual({ kind: "as_it_is", state: "case_open" });
    expect(open.view(item).caseRound).toBe(2);
  });

  it("is refused also while its case goes to D1 once more", () => {
    const { open, item, approval } = approvedCase();
    open.shard.caseOpened([{ ...open.refOf(item), standingAt: 7 }], START);
    expect(refuse(open, item, approval)).toEqual({ kind: "reopened", round: 2 });
  });

  it("is void with news of its matter", () => {
    const { open, item, approval } = approvedCase();
    const standing = { status: "open", dueAt: null, isOver: false, text: "news", at: START };
    open.shard.caseNews([{ ref: open.refOf(item), standing }], START);
    keep(open, item);
    expect(open.view(item)).toMatchObject({ caseRound: 2, caseApprovals: null });
    expect(use(open, item, approval)).toMatchObject({ why: "other_round" });
  });
});

describe("an approval of another target", () => {
  const toOther = { change: { payment: "pi_other" } };
  const APPROVED = { approval: "approval:1", approvers: [ANN.id], overrides: [], until: LATER } as const;
  const there = (item = caseItem()) =>
    refund(
      1,
      { subject: "pi_other", payment: "pi_other" },
      { approved: APPROVED, caseRound: 1, eventId: item.eventId },
    );

  it("ends the old row, and names itself and where the fact is executed; again the same", () => {
    const { open, item, approval } = approvedCase(toOther);
    const supersede = (given = approval) => open.shard.supersede(open.refOf(item), given, "pi_other", START);
    expect([supersede(), supersede()]).toEqual([{ kind: "superseded" }, { kind: "superseded" }]);
    expect(open.view(item)).toMatchObject({
      state: "superseded",
      superseded: { approval: "approval:1", subject: "pi_other", at: START },
    });
    expect(supersede({ ...approval, id: "approval:2" })).toMatchObject({ why: "not_open" });
    expect(use(open, item, approval)).toMatchObject({ why: "not_open" });
  });

  it("puts the fact's row there, also where both targets are in one shard: the id has one row", () => {
    const { open, item, approval } = approvedCase(toOther);
    expect(open.put(there())).toEqual(["case_open"]);
    open.shard.supersede(open.refOf(item), approval, "pi_other", START);
    expect(open.put({ ...there(), approved: { ...APPROVED, approval: "approval:2" } })).toEqual(["superseded"]);
    expect(open.put(there())).toEqual(["ready"]);
    expect(open.put(there())).toEqual(["ready"]);
    expect(open.shard.actionsOf("pi_1")).toEqual([]);
    expect(open.shard.actionsOf("pi_other")).toMatchObject([
      { state: "ready", caseRound: 1, approved: { approval: "approval:1", reason: "medium confidence" } },
    ]);
    expect(open.begin(item)).toEqual({ kind: "missing" });
    expect(open.lease(there()).action.payment).toBe("pi_other");
    expect(
      open.shard.totals().buckets.filter(({ bucket, count }) => bucket.includes("superseded") && count !== 0),
    ).toEqual([]);
  });

  it("goes on in the rounds of the old row, also where the caller does not name them", () => {
    const { open, item, approval } = approvedCase(toOther);
    open.shard.supersede(open.refOf(item), approval, "pi_other", START);
    const { caseRound: _unsaid, ...put } = there();
    open.put(put);
    open.fail(put, open.lease(put).fence, failure("provider_refused"));
    expect(open.view(put)).toMatchObject({ state: "case_opening", caseRound: 2 });
  });

  it("is a duplicate there too, unless it overrides that", () => {
    const open = openShard();
    open.put(refund(7, { subject: "pi_other", payment: "pi_other" }));
    expect(open.put(there())).toEqual(["case_opening"]);
    expect(open.view(there())).toMatchObject({ caseRound: 2 });
    const other = openShard();
    other.put(refund(7, { subject: "pi_other", payment: "pi_other" }));
    expect(other.put({ ...there(), approved: { ...APPROVED, overrides: ["duplicate"] } })).toEqual(["ready"]);
  });
});

describe("a denied or superseded action", () => {
  const ends: [string, (open: OpenShard) => unknown][] = [
    ["begun", (open) => open.begin(caseItem())],
    ["redriven", (open) => open.shard.redrive({ kind: "action", ...open.refOf(caseItem()) }, "n", START)],
    [
      "regranted",
      (open) => open.shard.regrant([{ ref: open.refOf(caseItem()), grant: GRANT, notBefore: null }], START),
    ],
    ["made a case", (open) => open.shard.openCase(open.refOf(caseItem()), "no", ABOUT_NOTHING, null, START)],
    ["woken", (open) => open.shard.wake({ scope: "all", at: START }, START)],
    [
      "held",
      (open) =>
        open.shard.held([{ ...open.refOf(caseItem()), hold: { scope: "all", at: 1 }, reason: "", fence: null }], START),
    ],
    [
      "reported done",
      (open) => open.shard.recheck([{ ref: open.refOf(caseItem()), says: "done", refund: null }], START),
    ],
    [
      "reported failed",
      (open) => open.shard.recheck([{ ref: open.refOf(caseItem()), says: "failed", refund: null }], START),
    ],
    ["failed", (open) => open.fail(caseItem(), null, failure("bug"))],
    ["left", (open) => open.shard.leave(open.refOf(caseItem()), "", START)],
    ["kept as a case", (open) => open.shard.caseOpened([{ ...open.refOf(caseItem()), standingAt: 7 }], START)],
    ["rung by the pump", (open) => open.shard.overdue(START + 10 ** 10, 10)],
    ["put again", (open) => open.put(caseItem())],
    [
      "told news",
      (open) =>
        open.shard.caseNews(
          [{ ref: open.refOf(caseItem()), standing: { status: "", dueAt: null, isOver: false, text: "", at: START } }],
          START,
        ),
    ],
  ];
  it.each(ends)("stays as it is when it is %s", (_what, act) => {
    for (const end of ["denied", "superseded"] as const) {
      const open = openShard();
      const item = openCaseOf(open);
      if (end === "denied") no(open, item, ANN);
      else open.shard.supersede(open.refOf(item), signedOf(yes(open, item, ANN)), "pi_other", START);
      const before = storedActions(open.sql);
      act(open);
      expect(storedActions(open.sql)).toEqual(before);
      expect(before[0]).toMatchObject({ state: end, due: null });
    }
  });
});

describe("any approvals in any order", () => {
  const acts = fc.array(fc.tuple(fc.constantFrom("yes", "use", "old", "refuse", "fail", "keep", "settle"), fc.nat(5)), {
    maxLength: 25,
  });
  it("execute a case once for each that was given, and none twice", () => {
    fc.assert(
      fc.property(acts, (all) => {
        const open = openShard();
        const item = openCaseOf(open);
        const signed: GivenApproval[] = [];
        let used = 0;
        for (const [act, n] of all) {
          const one = act === "old" ? signed[n % Math.max(1, signed.length)] : signed.at(-1);
          const before = open.view(item);
          if (act === "yes") {
            const answer = yes(open, item, ANN, { key: `k${before.caseRound}` });
            if (answer.kind === "approved") signed.push(signedOf(answer, `approval:${before.caseRound}`));
          }
          if ((act === "use" || act === "old") && one !== undefined) {
            use(open, item, one);
            const after = open.view(item);
            if (before.state === "case_open" && after.state !== "case_open") {
              used++;
              expect(one.round).toBe(before.caseRound);
            } else expect(after).toEqual(before);
          }
          if (act === "refuse" && one !== undefined) refuse(open, item, one);
          if (act === "keep") keep(open, item);
          const begun = act === "fail" || act === "settle" ? open.begin(item) : null;
          if (begun?.kind !== "granted") continue;
          if (act === "fail") open.fail(item, begun.fence, failure("provider_refused"));
          else open.settle(item, begun.fence, succeeded());
          expect(open.view(item).attempts, "each attempt has an approval of its own").toBeLessThanOrEqual(used);
        }
        const ids = open.view(item).history.flatMap(({ what, detail }) => (what === "approval used" ? [detail] : []));
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 200 },
    );
  });
});
