import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CaseDecision } from "../../../shared/contracts/case-decision.ts";
import { proposalOf } from "../../../shared/contracts/case-proposal.ts";
import { decidedBy } from "../../../shared/ledger/action/decide.ts";
import type { ActionRow } from "../../../shared/ledger/action/row.ts";
import { ANN, BEN, CLEO, caseItem, DAY_MS, keep, LATER, no, openCaseOf, shown, yes } from "../../helpers/deciding.ts";
import { createLocalLedger } from "../../helpers/ledger.ts";
import { storedActions } from "../../helpers/rows.ts";
import { first, openShard, refund, START } from "../../helpers/shard.ts";

const PAIR = { needs: 2 } as const;

describe("a decision about a case", () => {
  it("is taken while it is open, and is in the history with who decided and why", () => {
    const open = openShard();
    const item = openCaseOf(open);
    expect(no(open, item, ANN)).toEqual({ kind: "denied" });
    expect(open.view(item)).toMatchObject({
      state: "denied",
      caseDecided: { kind: "denied", code: "not_owed", by: ANN, at: START, round: 1 },
    });
    expect(open.view(item).history.at(-1)).toEqual({
      at: START,
      what: "denied",
      detail: "not_owed, by Ann (person_ann)",
    });
  });

  it("is not taken before the case is with people, and the answer says that it will be", () => {
    const open = openShard();
    const item = caseItem();
    open.put(item);
    expect(yes(open, item, ANN)).toMatchObject({ kind: "not_taken", why: "not_open", stands: { isComing: true } });
    keep(open, item);
    expect(yes(open, item, ANN)).toMatchObject({ kind: "approved" });
  });

  it("is not taken of an action that is no case, nor of one that is not there, nor under another subject", () => {
    const open = openShard();
    open.put(refund(1));
    expect(no(open, refund(1), ANN)).toMatchObject({ why: "not_open", stands: { state: "ready", isComing: false } });
    const item = openCaseOf(open, caseItem(2));
    const decision = { kind: "deny", by: ANN, key: "k", ...shown(open, item), code: "not_owed" } as const;
    const missing = { kind: "not_taken", why: "missing", stands: null };
    expect(open.shard.decideCase({ id: "act_none", subject: "pi_2" }, decision, START)).toEqual(missing);
    expect(open.shard.decideCase({ ...open.refOf(item), subject: "pi_1" }, decision, START)).toEqual(missing);
  });

  it("of an earlier round, or of another proposal than the row has, is not taken, and hears what stands", () => {
    const open = openShard();
    const item = openCaseOf(open);
    const stands = shown(open, item);
    expect(no(open, item, ANN, { round: 2 })).toMatchObject({ why: "other_round", stands });
    expect(no(open, item, ANN, { proposal: "0".repeat(32) })).toMatchObject({ why: "other_proposal", stands });
    expect(yes(open, item, ANN, { proposal: "0".repeat(32) })).toMatchObject({ why: "other_proposal", stands });
    expect(open.view(item).state).toBe("case_open");
  });

  it.each<[string, Partial<ActionRow>]>([
    ["the amount", { action: { ...refund(1).action, amountMinor: 1 } }],
    ["what it is about", { caseAbout: { rule: "window", refund: null } }],
    ["what was seen", { caseSeen: { of: "payment", facts: { refundedMinor: 1 } } }],
    ["the round", { caseRound: 2 }],
  ])("is bound to exactly what was shown: %s is part of its hash", (_what, changes) => {
    const open = openShard();
    openCaseOf(open);
    const row = first(storedActions(open.sql));
    expect(proposalOf(row)).toMatch(/^[0-9a-f]{32}$/);
    expect(proposalOf({ ...row, ...changes })).not.toBe(proposalOf(row));
  });

  it("of the second of two people hears what the first decided", () => {
    const open = openShard();
    const item = openCaseOf(open);
    no(open, item, ANN);
    const late = { kind: "not_taken", why: "not_open", stands: { state: "denied", decided: { by: ANN } } };
    expect(yes(open, item, BEN)).toMatchObject(late);
    expect(no(open, item, BEN)).toMatchObject(late);
  });

  it("of two people at the same moment is taken of one, whoever that is", async () => {
    const { ledger } = createLocalLedger();
    const item = caseItem();
    const ref = { id: item.action.id, subject: item.action.subject };
    await ledger.putActions([item]);
    await ledger.caseOpened([{ ...ref, standingAt: null }]);
    const [view] = await ledger.actions([ref]);
    if (view === null || view === undefined) throw new Error("no row");
    const base = { round: 1, proposal: proposalOf(view), key: "k" };
    const terms = { overrides: [], change: null, needs: 1, notWith: [], expiresAt: LATER } as const;
    const answers = await Promise.all([
      ledger.decideCase(ref, { ...base, kind: "deny", by: ANN, code: "not_owed" }),
      ledger.decideCase(ref, { ...base, ...terms, kind: "approve", by: BEN }),
      ledger.decideCase(ref, { ...base, kind: "close", by: CLEO, code: "done_by_hand" }),
    ]);
    expect(answers.filter(({ kind }) => kind !== "not_taken")).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind === "not_taken")).toMatchObject([{ stands: {} }, { stands: {} }]);
  });

  it("is not taken any more once it is approved, until that has expired", () => {
    const open = openShard();
    const item = openCaseOf(open);
    yes(open, item, ANN);
    const stands = { given: { approvals: [{ by: ANN }] } };
    expect(no(open, item, BEN)).toMatchObject({ why: "approved_before", stands });
    expect(yes(open, item, BEN)).toMatchObject({ why: "approved_before", stands });
    open.clock.now = LATER;
    expect(no(open, item, BEN)).toEqual({ kind: "denied" });
  });

  it("under the same key gets the same answer, whatever has happened since, and changes nothing", () => {
    const open = openShard();
    const item = openCaseOf(open);
    const half = yes(open, item, ANN, PAIR);
    const whole = yes(open, item, BEN, PAIR);
    expect([half.kind, whole.kind]).toEqual(["half", "approved"]);
    const before = storedActions(open.sql);
    expect(yes(open, item, ANN, PAIR)).toEqual(half);
    expect(yes(open, item, BEN, PAIR)).toEqual(whole);
    expect(storedActions(open.sql)).toEqual(before);
    const other = openCaseOf(open, caseItem(2));
    expect([no(open, other, ANN), no(open, other, ANN)]).toEqual([{ kind: "denied" }, { kind: "denied" }]);
  });

  it("under a key that another person has used is a decision of its own", () => {
    const open = openShard();
    const item = openCaseOf(open);
    yes(open, item, ANN, { ...PAIR, key: "k" });
    expect(yes(open, item, BEN, { ...PAIR, key: "k" })).toMatchObject({ kind: "approved" });
  });

  it("that nothing is to be done closes the case with its code, and news of its matter opens it again in the next round", () => {
    const open = openShard();
    const item = openCaseOf(open);
    expect(no(open, item, ANN, { kind: "close", code: "done_by_hand" })).toEqual({ kind: "closed" });
    expect(open.view(item)).toMatchObject({
      state: "case_closed",
      caseDecided: { kind: "closed", code: "done_by_hand" },
    });
    const standing = { status: "open", dueAt: null, isOver: false, text: "it goes on", at: START + 1 };
    open.shard.caseNews([{ ref: open.refOf(item), standing }], START + 1);
    keep(open, item);
    expect(open.view(item)).toMatchObject({ state: "case_open", caseRound: 2 });
  });

  it("that closed it stays closed where D1 is written once more as the case stood before", () => {
    const open = openShard();
    const item = openCaseOf(open);
    no(open, item, ANN, { kind: "close" });
    open.shard.caseOpened([{ ...open.refOf(item), standingAt: 7 }], START);
    expect(open.view(item).state).toBe("case_opening");
    keep(open, item);
    expect(open.view(item).state).toBe("case_closed");
  });
});

describe("the key of a decision", () => {
  const other = { kind: "not_taken", why: "other_request" };

  it("is that of one decision: to something else under it nothing is answered as if it had been taken", () => {
    const open = openShard();
    const item = openCaseOf(open);
    const half = yes(open, item, ANN, { ...PAIR, key: "k" });
    const before = open.view(item);
    for (const changed of [{ change: { amountMinor: 1 } }, { overrides: [] }, { proposal: "0".repeat(32) }])
      expect(yes(open, item, ANN, { ...PAIR, key: "k", ...changed })).toMatchObject(other);
    expect(no(open, item, ANN, { key: "k" })).toMatchObject(other);
    expect(open.view(item)).toEqual(before);
    expect(yes(open, item, ANN, { ...PAIR, key: "k" })).toEqual(half);
  });

  it("of a no is not that of another reason, of a closing, or of a yes", () => {
    const open = openShard();
    const item = openCaseOf(open);
    no(open, item, ANN, { key: "k" });
    expect(no(open, item, ANN, { key: "k", code: "already_given" })).toMatchObject(other);
    expect(no(open, item, ANN, { key: "k", kind: "close" })).toMatchObject(other);
    expect(yes(open, item, ANN, { key: "k" })).toMatchObject(other);
    expect(no(open, item, ANN, { key: "k" })).toEqual({ kind: "denied" });
  });

  it("is each person's own: another one under it hears what stands", () => {
    const open = openShard();
    const item = openCaseOf(open);
    no(open, item, ANN, { key: "k" });
    expect(no(open, item, BEN, { key: "k", code: "already_given" })).toMatchObject({ why: "not_open" });
  });
});

describe("two people's yes", () => {
  it("is half after the first, and whole after the second", () => {
    const open = openShard();
    const item = openCaseOf(open);
    expect(yes(open, item, ANN, PAIR)).toMatchObject({ kind: "half", given: { approvals: [{ by: ANN }] } });
    expect(open.view(item).state).toBe("case_open");
    expect(yes(open, item, BEN, PAIR)).toMatchObject({
      kind: "approved",
      given: { approvals: [{ by: ANN }, { by: BEN }] },
    });
  });

  it("is not one person's twice, nor that of one who is no other person for the first", () => {
    const open = openShard();
    const item = openCaseOf(open);
    yes(open, item, ANN, PAIR);
    expect(yes(open, item, ANN, { ...PAIR, key: "again" })).toMatchObject({ why: "same_person" });
    expect(yes(open, item, ANN, { key: "again", needs: 1 })).toMatchObject({ why: "same_person" });
    expect(yes(open, item, BEN, { ...PAIR, notWith: [ANN.id] })).toMatchObject({ why: "same_person" });
    expect(yes(open, item, CLEO, { ...PAIR, notWith: [BEN.id] })).toMatchObject({ kind: "approved" });
  });

  it.each([
    ["another amount", { change: { amountMinor: 1_000 } }],
    ["another override", { overrides: ["confidence", "duplicate"] as const }],
  ])("begins anew with who wants %s", (_what, changed) => {
    const open = openShard();
    const item = openCaseOf(open);
    yes(open, item, ANN, PAIR);
    expect(yes(open, item, BEN, { ...PAIR, ...changed })).toMatchObject({
      kind: "half",
      given: { approvals: [{ by: BEN }], ...changed },
    });
    // The first request, repeated after a crash, does not take its place again.
    expect(yes(open, item, ANN, PAIR)).toMatchObject({ kind: "half", given: { approvals: [{ by: ANN }] } });
    expect(open.view(item).caseApprovals?.approvals).toMatchObject([{ by: BEN }]);
    expect(yes(open, item, ANN, { ...PAIR, ...changed, key: "agreed" })).toMatchObject({ kind: "approved" });
  });

  it("is the same in whatever order the overrides are named", () => {
    const open = openShard();
    const item = openCaseOf(open);
    yes(open, item, ANN, { ...PAIR, overrides: ["window", "confidence"] });
    const answer = yes(open, item, BEN, { ...PAIR, overrides: ["confidence", "window", "window"], change: {} });
    expect(answer).toMatchObject({ kind: "approved", given: { overrides: ["confidence", "window"] } });
  });

  it("is void where the first has expired, and good for no longer than each gave it", () => {
    const open = openShard();
    const item = openCaseOf(open);
    yes(open, item, ANN, { ...PAIR, expiresAt: START + DAY_MS });
    open.pass(DAY_MS);
    expect(yes(open, item, BEN, PAIR)).toMatchObject({ kind: "half", given: { approvals: [{ by: BEN }] } });
    expect(yes(open, item, ANN, { ...PAIR, key: "again", expiresAt: LATER - 1 })).toMatchObject({
      kind: "approved",
      given: { expiresAt: LATER - 1 },
    });
  });

  it("is ended by one person's no", () => {
    const open = openShard();
    const item = openCaseOf(open);
    yes(open, item, ANN, PAIR);
    expect(no(open, item, BEN)).toEqual({ kind: "denied" });
    expect(open.view(item).caseApprovals).toBeNull();
  });

  it("to a change is not taken once an attempt has begun, or while one is in doubt", () => {
    const open = openShard();
    const item = openCaseOf(open);
    const row = first(storedActions(open.sql));
    const decision: CaseDecision = {
      kind: "approve",
      by: ANN,
      key: "k",
      ...shown(open, item),
      overrides: [],
      change: { amountMinor: 1 },
      needs: 1,
      notWith: [],
      expiresAt: LATER,
    };
    const answerOf = (changes: Partial<ActionRow>, change: CaseDecision & { kind: "approve" } = decision) =>
      decidedBy({ ...row, ...changes }, change, START).answer;
    expect(answerOf({})).toMatchObject({ kind: "approved" });
    expect(answerOf({ attempts: 1 })).toMatchObject({ why: "begun" });
    expect(answerOf({ attempts: 1, uncertain: true })).toMatchObject({ why: "uncertain" });
    expect(answerOf({ attempts: 1, uncertain: true }, { ...decision, change: null })).toMatchObject({
      kind: "approved",
    });
  });
});

describe("any decisions of any people", () => {
  const people = fc.constantFrom(ANN, BEN, CLEO);
  const steps = fc.array(
    fc.record({
      by: people,
      key: fc.constantFrom("k1", "k2", "k3"),
      kind: fc.constantFrom("approve", "approve", "approve", "deny", "close"),
      needs: fc.constantFrom(1, 2, 2, 2),
      amountMinor: fc.constantFrom(null, 1, 2),
      notWith: fc.subarray([ANN.id, BEN.id, CLEO.id]),
      round: fc.constantFrom(1, 1, 1, 2),
      passes: fc.constantFrom(0, 0, DAY_MS),
    }),
    { maxLength: 12 },
  );

  it("end a case once, with as many people as policy wants, and each request has one answer", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const open = openShard();
        const item = openCaseOf(open);
        const { proposal } = shown(open, item);
        const taken = new Map<string, { asked: string; answer: unknown }>();
        for (const { by, key, kind, needs, amountMinor, notWith, round, passes } of all) {
          open.pass(passes);
          const change = amountMinor === null ? null : { amountMinor };
          const base = { key, by, round, proposal };
          const decision = (
            kind === "approve"
              ? { ...base, kind, overrides: [], change, needs, notWith, expiresAt: open.clock.now + DAY_MS }
              : { ...base, kind, code: "not_owed" }
          ) as CaseDecision;
          const before = open.view(item);
          const answer = open.shard.decideCase(open.refOf(item), decision, open.clock.now);
          const name = `${key} ${by.id} ${round}`;
          const asked = kind === "approve" ? `${kind} ${amountMinor}` : kind;
          const sent = taken.get(name);
          if (sent?.asked === asked) expect(answer).toEqual(sent.answer);
          else if (sent !== undefined) expect(answer).toMatchObject({ kind: "not_taken", why: "other_request" });
          if (answer.kind === "not_taken" || sent !== undefined) {
            expect(open.view(item)).toEqual(before);
            continue;
          }
          expect(before.state, "only an open case is decided").toBe("case_open");
          taken.set(name, { asked, answer });
          if (!("given" in answer)) continue;
          const ids = answer.given.approvals.map((one) => one.by.id);
          expect(new Set(ids).size).toBe(ids.length);
          expect(answer.kind === "approved").toBe(ids.length >= answer.given.needs);
          expect(answer.given.expiresAt).toBeGreaterThan(open.clock.now);
          expect(answer.given.change).toEqual(change);
        }
      }),
      { numRuns: 300 },
    );
  });
});
