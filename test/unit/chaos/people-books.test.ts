import { describe, expect, it } from "vitest";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import { ABOUT_NOTHING, type CaseAbout } from "../../../shared/contracts/rules.ts";
import type { ActionView } from "../../../shared/contracts/views.ts";
import { bankFailuresBroken, judgedFailures } from "../../chaos/book-bank.ts";
import { conflictsBroken } from "../../chaos/book-conflicts.ts";
import { holdsBroken } from "../../chaos/book-holds.ts";
import { rotationBroken } from "../../chaos/book-keys.ts";
import { informationLeft } from "../../chaos/book-records.ts";
import { handRefundsBroken } from "../../chaos/book-refunds.ts";
import { check } from "../../chaos/books.ts";
import type { Acts, Evidence } from "../../chaos/evidence.ts";
import type { Broken } from "../../chaos/invariants.ts";
import type { FullBooks, ProviderObject } from "../../chaos/outside.ts";
import {
  books,
  capture,
  counted,
  evidence,
  objects,
  refund,
  totals,
  traceOf,
  view,
} from "../../helpers/chaos-evidence.ts";

const ID = `act_${"1".repeat(32)}`;
const whys = (found: Broken[]): string[] => found.map(({ invariant, why }) => `${invariant}: ${why}`);
const actsOf = (change: Partial<Acts>): Acts => ({ ...evidence().acts, ...change });
const actions = (...views: ActionView[]) => new Map(views.map((one) => [one.action.id, one]));

/** The provider tells that it did something, 1,000 s after the beginning of time plus this. */
const effect = (seconds: number, key: string | null = `${ID}:0`): ProviderObject => ({
  object: "event",
  id: `evt_${seconds}`,
  type: "refund.created",
  created: 1_000 + seconds,
  request: { id: "req_1", idempotency_key: key },
});
const executed = (own: ActionView, ...effects: ProviderObject[]): Partial<Evidence> => ({
  actions: actions(own),
  after: books({ objects: [...objects, ...effects] }),
});

const NO_ROOM: CaseAbout = { rule: "captured", refund: null };

describe("the book of holds", () => {
  /** On hold for a minute. */
  const hold = (scope: Acts["holds"][number]["scope"]) => ({
    scope,
    at: 1,
    answeredAtMs: 1_000_000,
    liftSentAtMs: 1_060_000,
    woken: 0,
  });
  const own = view({}, { id: ID });
  const found = (scope: Acts["holds"][number]["scope"], ...effects: ProviderObject[]) =>
    whys(holdsBroken(evidence({ ...executed(own, ...effects), acts: actsOf({ holds: [hold(scope)] }) })));

  it("sees what was executed on a payment, a customer or everything while it was on hold", () => {
    for (const scope of ["payment:pi_1", "customer:cus_1", "all"] as const)
      expect(found(scope, effect(30))).toEqual([
        `executedOnHold: ${ID}: refund.created, 30.0 s after ${scope} was put on hold`,
      ]);
  });

  it("leaves alone what was on no hold, what the gate had let through before, and what came after the lift", () => {
    expect(found("payment:pi_2", effect(30))).toEqual([]);
    expect(found("customer:cus_2", effect(30))).toEqual([]);
    expect(found("all", effect(-5), effect(0), effect(12), effect(60), effect(90))).toEqual([]);
  });

  it("leaves alone what somebody else did, under a key that is not ours", () => {
    expect(found("all", effect(30, "a key of theirs"), effect(30, null))).toEqual([]);
  });

  it("says of what waits for a hold that still stands only that it stands", () => {
    const held = view({ state: "ready", held: { scope: "all", at: 1, reason: "", since: 1 } });
    const standing = [{ scope: "all" as const, at: 1, reason: "forgotten", by: "person" as const }];
    expect(whys(holdsBroken(evidence({ standing }, held)))).toEqual([
      "lost: all is still on hold, by a person: forgotten",
    ]);
  });

  it("calls lost what still waits for a hold, and a hold that still stands", () => {
    const held = view({ state: "ready", held: { scope: "all", at: 1, reason: "", since: 1 } });
    const standing = [{ scope: "payment:pi_9" as const, at: 1, reason: "a forged grant", by: "rule" as const }];
    expect(whys(check(evidence({ standing }, held)))).toEqual(
      expect.arrayContaining([
        "lost: payment:pi_9 is still on hold, by a rule: a forged grant",
        "lost: act_1 still waits for all, which was lifted",
      ]),
    );
  });
});

describe("the book of refunds that people make at the provider", () => {
  const byHand = actsOf({
    handRefunds: [{ id: "re_9", payment: "pi_1", amountMinor: 1_000, begunAtMs: 0, doneAtMs: 0 }],
  });
  const theirs = refund("re_9", { amountMinor: 1_000, metadata: {} });
  const found = (own: ActionView, change: Partial<FullBooks>) =>
    whys(handRefundsBroken(evidence({ acts: byHand, after: books(change) }, own)));

  it("knows them for theirs, and counts them towards what was captured", () => {
    const captures = [capture("ch_1", { amountCapturedMinor: 5_250 })];
    const both = { acts: byHand, after: books({ captures, refunds: [refund("re_1"), theirs] }) };
    expect(whys(check(evidence(both)))).toEqual([]);
    expect(whys(check(evidence({ ...both, after: books({ refunds: [refund("re_1"), theirs] }) })))).toEqual([
      "overRefunded: pi_1: 5250 refunded, 4250 captured",
    ]);
  });

  it("takes a case for the answer to a refund that no longer fits, and nothing less", () => {
    const opened = view({
      state: "case_open",
      caseReason: "42.50 USD asked for, only 32.50 USD left",
      caseAbout: NO_ROOM,
    });
    expect(found(opened, { refunds: [theirs] })).toEqual([]);
    expect(found(view({ state: "dead_lettered" }), { refunds: [theirs] })).toEqual([
      "unaccounted: act_1, beside a refund that a person made of pi_1, is dead_lettered: neither made nor a case",
    ]);
    for (const state of ["ready", "unknown", "in_flight", "case_opening", "dead"] as const)
      expect(found(view({ state, outcome: null }), { refunds: [theirs] })).toEqual([]);
  });

  it("sees a case for want of what is still there", () => {
    const opened = view(
      { state: "case_open", caseReason: "20.00 USD asked for, only 12.50 USD left", caseAbout: NO_ROOM },
      { amountMinor: 2_000 },
    );
    expect(found(opened, { refunds: [theirs] })).toEqual([
      "unaccounted: act_1 is a case (20.00 USD asked for, only 12.50 USD left), and pi_1 has 3250 left",
    ]);
    const other = view(
      {
        state: "case_open",
        caseReason: "above the four-eyes threshold",
        caseAbout: { rule: "four_eyes", refund: null },
      },
      { amountMinor: 2_000 },
    );
    expect(found(other, { refunds: [theirs] })).toEqual([]);
  });
});

describe("the book of conflicts", () => {
  const sides = [
    { payment: "pi_1", invoice: "in_1" },
    { payment: "pi_2", invoice: null },
  ] as const;
  const sent = (change: object = {}) =>
    actsOf({
      conflicts: [
        {
          ...{ id: "stripe:evt_1", sides: [sides[0], sides[1]], vouchers: ["signed", "signed"] },
          ...{ isInOrder: true, isFirstTaken: true, isSecondTaken: true, ...change },
        },
      ],
    });
  const acts = sent();
  const { event } = traceOf(view());
  const tracesOf = (payment: string, conflicts: number) => {
    const told = { ...event, event: { ...event.event, id: "stripe:evt_1", payment }, conflicts };
    return new Map([["stripe:evt_1", traceOf(view(), { id: "stripe:evt_1", event: told })]]);
  };
  const found = (change: Partial<Evidence>) =>
    whys(conflictsBroken(evidence({ acts, totals: totals({ conflicts: 1 }), ...change })));
  const intent = (status: string): ProviderObject => ({ object: "payment_intent", id: "pi_2", status });

  it("is content where the first stands and the second is shown", () => {
    expect(found({ traces: tracesOf("pi_1", 1) })).toEqual([]);
  });

  it("sees that the second stands, and that something was done for it, though the first was answered before it was sent", () => {
    const second = view({}, { id: "act_2", payment: "pi_2", invoice: null });
    expect(found({ traces: tracesOf("pi_2", 1), actions: actions(second) })).toEqual([
      "mergedConflicts: stripe:evt_1 tells of its second content, and its first was answered before that was sent",
      "mergedConflicts: act_2 follows from the other content of stripe:evt_1",
    ]);
  });

  it("bears either content where nobody had answered the first, and nothing that follows from the one that does not stand", () => {
    const unordered = sent({ isInOrder: false });
    expect(found({ acts: unordered, traces: tracesOf("pi_1", 1) })).toEqual([]);
    expect(found({ acts: unordered, traces: tracesOf("pi_2", 1), actions: new Map() })).toEqual([]);
    expect(found({ acts: unordered, traces: tracesOf("pi_2", 1) })).toEqual([
      "mergedConflicts: act_1 follows from the other content of stripe:evt_1",
    ]);
  });

  it("does not ask to be shown a second content that was never taken", () => {
    const untaken = sent({ isSecondTaken: false });
    expect(found({ acts: untaken, traces: tracesOf("pi_1", 0), totals: totals() })).toEqual([]);
  });

  it("sees contents that neither delivery had", () => {
    expect(found({ traces: tracesOf("pi_3", 1) })).toEqual([
      "mergedConflicts: stripe:evt_1 tells of pi_3, as neither of its contents did",
    ]);
  });

  describe("of a signed and a keyed event", () => {
    const told = (id: string, payment: string) => {
      const about = { ...event, event: { ...event.event, id, payment }, conflicts: 0 };
      return [id, traceOf(view(), { id, event: about })] as const;
    };
    const aCase = traceOf(view({ state: "case_open" }, { kind: "escalate" }), { id: "conflict:stripe:evt_1" });
    const isTold = ["conflict:stripe:evt_1", aCase] as const;
    const keyedFirst = sent({ vouchers: ["keyed", "signed"] });
    const both = [told("stripe:evt_1", "pi_1"), told("stripe:evt_1:signed", "pi_2")] as const;

    it("is content where the signed one stands beside the keyed one, both are acted on, and a case tells of it", () => {
      const traces = new Map([...both, isTold]);
      const actionsOfBoth = actions(view(), view({}, { id: "act_2", payment: "pi_2", invoice: null }));
      expect(found({ acts: keyedFirst, traces, actions: actionsOfBoth, totals: totals() })).toEqual([]);
    });

    it("sees that the signed one is nowhere, and that no case tells of it", () => {
      expect(found({ acts: keyedFirst, traces: tracesOf("pi_1", 1) })).toEqual([
        "mergedConflicts: stripe:evt_1 came signed, and the keyed content stands alone",
        "mergedConflicts: stripe:evt_1 came signed and with a key, in two contents, and no case tells of it",
      ]);
      expect(found({ acts: keyedFirst, traces: new Map(both), totals: totals() })).toEqual([
        "mergedConflicts: stripe:evt_1 came signed and with a key, in two contents, and no case tells of it",
      ]);
    });

    it("sees that a keyed one stands beside a signed one", () => {
      const signedFirst = sent({ vouchers: ["signed", "keyed"] });
      expect(found({ acts: signedFirst, traces: new Map([...both, isTold]), totals: totals() })).toEqual([
        "mergedConflicts: beside stripe:evt_1 stands pi_2, which is not its signed content",
      ]);
    });

    it("is content where the keyed one comes second and decides nothing, if a case tells of it", () => {
      const signedFirst = sent({ vouchers: ["signed", "keyed"] });
      const traces = new Map([...tracesOf("pi_1", 1), isTold]);
      expect(found({ acts: signedFirst, traces })).toEqual([]);
      expect(found({ acts: signedFirst, traces: tracesOf("pi_1", 1) })).toEqual([
        "mergedConflicts: stripe:evt_1 came signed and with a key, in two contents, and no case tells of it",
      ]);
    });
  });

  it("sees that the other content is not shown", () => {
    expect(found({ traces: tracesOf("pi_1", 0), totals: totals() })).toEqual([
      "mergedConflicts: stripe:evt_1 came with two contents, and its trace shows one",
      "mergedConflicts: the totals tell of 0 conflicts, 1 were taken",
    ]);
  });

  it("sees an action that follows from the other content, and its effect at the provider", () => {
    const other = view({}, { id: "act_2", payment: "pi_2", invoice: null });
    const before = books({ objects: [intent("requires_capture")] });
    const after = books({ objects: [intent("succeeded")] });
    expect(found({ traces: tracesOf("pi_1", 1), actions: actions(view(), other), before, after })).toEqual([
      "mergedConflicts: act_2 follows from the other content of stripe:evt_1",
      "mergedConflicts: pi_2 was requires_capture and is succeeded: only the other content of stripe:evt_1 names it",
    ]);
  });
});

describe("the book of refunds that the bank fails later", () => {
  const failure = { refund: "re_1", action: "act_1", payment: "pi_1" };
  const report = (id: string, change: object = {}): ProviderObject => ({
    object: "event",
    id,
    type: "refund.failed",
    created: 0,
    pending_webhooks: 0,
    request: { id: null, idempotency_key: null },
    data: { object: { id: "re_1", status: "failed" } },
    ...change,
  });
  const reason = "the bank failed the refund re_1 (lost_or_stolen_card): the customer has not got the money";
  const opened = view({ state: "case_open", caseReason: reason, caseAbout: { rule: null, refund: "re_1" } });
  const { event } = traceOf(view());
  const closed = (why: string) =>
    traceOf(null, {
      id: "stripe:evt_9",
      state: "none",
      event: { ...event, outcome: { kind: "none", reason: why }, factRowKey: null },
      fact: null,
    });
  const world = (own: ActionView, change: Partial<Evidence> = {}) =>
    evidence(
      {
        after: books({ refunds: [refund("re_1", { status: "failed" })], objects: [...objects, report("evt_9")] }),
        acts: actsOf({ bankFailures: [failure] }),
        traces: new Map([
          ["request:1", traceOf(own)],
          ["stripe:evt_9", closed("reports on act_1, which is read again at the provider")],
        ]),
        cases: [{ id: "case_1", actionId: "act_1", eventId: "request:1" } as Evidence["cases"][number]],
        totals: totals({ accepted: 2, actions: [counted("refund", own.state)] }),
        ...change,
      },
      own,
    );
  const found = (own: ActionView, change: Partial<Evidence> = {}) => whys(check(world(own, change)));

  it("is content where the action is a case that names the refund, and every report leads to it", () => {
    expect(found(opened)).toEqual([]);
  });

  it("sees an action that still says that it succeeded, and says it once", () => {
    expect(found(view(), { cases: [] })).toEqual(["bankFailedUnseen: the bank failed re_1, and act_1 is succeeded"]);
  });

  it("sees an action that ended as anything else, or that nobody knows", () => {
    const declined = view({ state: "declined" });
    expect(whys(bankFailuresBroken(world(declined)))).toEqual([
      "bankFailedUnseen: the bank failed re_1, and act_1 is declined",
    ]);
    expect(whys(bankFailuresBroken(world(opened, { actions: new Map() })))).toEqual([
      "bankFailedUnseen: the bank failed re_1, and nobody knows its act_1",
    ]);
  });

  it("leaves to the lost what is on its way", () => {
    expect(whys(bankFailuresBroken(world(view({ state: "pending" }))))).toEqual([]);
    const waiting = totals({ waiting: { events: 1, actions: 0 } });
    expect(whys(bankFailuresBroken(world(opened, { actions: new Map(), totals: waiting })))).toEqual([]);
  });

  it("sees a case that does not tell of it", () => {
    expect(
      found(view({ state: "case_open", caseReason: "something went wrong with re_1", caseAbout: ABOUT_NOTHING })),
    ).toEqual([
      "bankFailedUnseen: the bank failed re_1, and the case of act_1 does not tell so: something went wrong with re_1",
    ]);
  });

  it("sees a second refund of the action, though only one of them stands", () => {
    const refunds = [refund("re_1", { status: "failed" }), refund("re_2")];
    const after = books({ refunds, objects: [...objects, report("evt_9")] });
    expect(whys(bankFailuresBroken(world(opened, { after })))).toEqual([
      "bankFailedUnseen: act_1 made 2 refunds, and the bank failed its first, re_1",
    ]);
  });

  it("sees a report that leads to nothing of ours", () => {
    const traces = new Map([
      ["request:1", traceOf(opened)],
      ["stripe:evt_9", closed("refund.failed asks for no decision")],
    ]);
    expect(found(opened, { traces })).toEqual([
      "bankFailedUnseen: evt_9 tells that the bank failed re_1, and leads to no act_1",
    ]);
  });

  it("does not blame for what nobody was told, and counts it", () => {
    const quiet = { object: "event", type: "refund.failed", data: { object: { id: "re_1", status: "failed" } } };
    const undelivered = [...objects, { ...quiet, id: "evt_9", pending_webhooks: 1 }];
    const after = books({ refunds: [refund("re_1", { status: "failed" })], objects: undelivered });
    const untold = world(view(), { after, cases: [] });
    expect(whys(bankFailuresBroken(untold))).toEqual([]);
    expect(judgedFailures(untold).refund_failed_later_untold).toBe(1);
    expect(judgedFailures(world(opened))).toEqual({
      refund_failed_later_untold: 0,
      refunded_again: 0,
      refunded_again_unproven: 1,
    });
  });

  describe("of which all that is left is asked for again", () => {
    const asked = { failure, event: "request:2", roomMinor: 4_250 };
    const again = (own: ActionView) =>
      world(opened, {
        acts: actsOf({ bankFailures: [failure], askedAgain: [asked] }),
        traces: new Map([
          ["request:1", traceOf(opened)],
          ["stripe:evt_9", closed("reports on act_1, which has ended as case_open")],
          ["request:2", traceOf(own, { id: "request:2" })],
        ]),
      });
    const wrong = (own: ActionView) => whys(bankFailuresBroken(again(own)));

    it("is content where all of it is granted, and takes that for the proof", () => {
      const granted = view({}, { id: "act_2" });
      expect(wrong(granted)).toEqual([]);
      expect(judgedFailures(again(granted))).toMatchObject({ refunded_again: 1, refunded_again_unproven: 0 });
    });

    it("sees money that is still reserved: nothing is given, or less than is left", () => {
      const why = "nothing is left to refund: 42.50 USD captured, 0.00 USD refunded, 42.50 USD on its way";
      expect(wrong(view({ state: "case_open", caseReason: why, caseAbout: NO_ROOM }, { id: "act_2" }))).toEqual([
        `bankFailedUnseen: re_1 of pi_1 was failed by the bank, 4250 were left, and asked for again it is a case: ${why}`,
      ]);
      const lowered = view({}, { id: "act_2", amountMinor: 3_250 });
      expect(judgedFailures(again(lowered))).toMatchObject({ refunded_again: 0 });
      expect(wrong(lowered)).toEqual([
        "bankFailedUnseen: re_1 of pi_1 was failed by the bank, 4250 were left, and asked for again only 3250 were granted",
      ]);
    });

    it("takes a case for another reason for no proof and no fault", () => {
      const other = view({ state: "case_open", caseReason: "the envelope is used up" }, { id: "act_2" });
      expect(wrong(other)).toEqual([]);
      expect(judgedFailures(again(other))).toMatchObject({ refunded_again: 0, refunded_again_unproven: 1 });
    });
  });
});

describe("the books of a run that did not become quiet", () => {
  it("say of what is on its way that it is lost, and nothing beside", () => {
    const waiting = totals({ waiting: { events: 1, actions: 1 }, actions: [] });
    for (const state of ["ready", "scheduled", "in_flight", "unknown", "case_opening", "dead"] as const) {
      const own = view({ state, outcome: null });
      const traces = new Map([
        ["request:1", traceOf(own, { terminal: false })],
        ["request:2", traceOf(null, { id: "request:2", state: "received", terminal: false })],
      ]);
      const cases = [{ id: "case_2", actionId: "act_2", eventId: "request:2" } as Evidence["cases"][number]];
      expect(whys(check(evidence({ traces, totals: waiting, cases }, own)))).toEqual([
        `lost: request:1 is ${state}`,
        "lost: request:2 is received",
        `lost: act_1 is ${state}`,
      ]);
    }
  });

  it("take a capture and a payment for those of an action that has not come to its end", () => {
    const before = books({ captures: [], invoicePayments: [] });
    const waiting = totals({ waiting: { events: 0, actions: 1 }, actions: [] });
    const paid = view({ state: "unknown", outcome: null }, { kind: "retryPayment" });
    const traces = new Map([["request:1", traceOf(paid, { terminal: false })]]);
    const after = books({ refunds: [] });
    expect(whys(check(evidence({ before, after, traces, totals: waiting }, paid)))).toEqual([
      "lost: request:1 is unknown",
      "lost: act_1 is unknown",
    ]);
  });
});

describe("the book of keys", () => {
  const acts = actsOf({
    retiredKeys: [{ kid: "old", atMs: 1_000_000 }],
    revokedKeys: [{ kid: "stolen", atMs: 1_000_000 }],
    planted: [{ action: `act_${"2".repeat(32)}`, subject: "pi_1", payment: "pi_1", how: "no_grant" }],
  });
  const granted = (kid: string) => view({ grant: { kid, claims: "{}", signature: "s" } }, { id: ID });
  const found = (own: ActionView, ...effects: ProviderObject[]) =>
    whys(rotationBroken(evidence({ ...executed(own, ...effects), acts })));

  it("sees an action that was stopped as forged", () => {
    const failure = { reason: "grant_invalid" as const, detail: "the grant is not ours" };
    const stopped = view({ state: "case_open", failure, caseReason: "the grant is not ours: unknown key" }, { id: ID });
    expect(found(stopped)).toEqual([
      `brokenByRotation: ${ID} was stopped as forged, and nobody forged anything: the grant is not ours: unknown key`,
    ]);
  });

  it("takes a case for the answer to a row that was planted, and to a grant of a key that was revoked", () => {
    const failure = { reason: "grant_invalid" as const, detail: "the grant is not ours" };
    const opened = { state: "case_open" as const, failure, caseReason: "the grant is not ours" };
    expect(found(view(opened, { id: `act_${"2".repeat(32)}` }))).toEqual([]);
    expect(found(view({ ...opened, grant: { kid: "stolen", claims: "{}", signature: "s" } }, { id: ID }))).toEqual([]);
  });

  it("sees what was sent on a grant of a key that was retired or revoked by then, and nothing else", () => {
    expect(found(granted("old"), effect(3))).toEqual([
      `brokenByRotation: ${ID}: refund.created on a grant of old, after that key was retired`,
    ]);
    expect(found(granted("stolen"), effect(3))).toEqual([
      `brokenByRotation: ${ID}: refund.created on a grant of stolen, after that key was revoked`,
    ]);
    expect(found(granted("old"), effect(-3))).toEqual([]);
    expect(found(granted("new"), effect(3))).toEqual([]);
  });
});

describe("the book of records", () => {
  it("sees a case and a letter that were lost with the database and did not come back", () => {
    const lostRecords = { cases: new Set(["case_1"]), letters: new Set(["dl_1"]) };
    expect(whys(check(evidence({ acts: actsOf({ lostRecords }) })))).toEqual([
      "unaccounted: case_1 was in the database before it was lost, and was not rebuilt",
      "unaccounted: dl_1 was in the database before it was lost, and was not rebuilt",
    ]);
  });

  it("sees a case that only tells of a row which waits, and that is open when its row is over", () => {
    const told = (change: Partial<CaseRow>) => {
      const row = { id: "wait_1", actionId: "act_1", eventId: "evt_1", isInformation: 1, state: "open", ...change };
      return whys(informationLeft(evidence({ cases: [row as CaseRow], actions: actions(view({ state: "unknown" })) })));
    };
    expect(told({})).toEqual([]);
    expect(told({ actionId: "act_2" })).toEqual(["unaccounted: the case wait_1 tells of act_2, which is not known"]);
    const over = { cases: [{ id: "wait_1", actionId: "act_1", isInformation: 1, state: "open" } as CaseRow] };
    expect(whys(informationLeft(evidence({ ...over, actions: actions(view()) })))).toEqual([
      "unaccounted: the case wait_1 is open, and act_1 is succeeded",
    ]);
  });
});

describe("the book of starts", () => {
  it("sees a second workerd on the ledger", () => {
    expect(whys(check(evidence({ acts: actsOf({ doubledStarts: 2 }) })))).toEqual([
      "unaccounted: after 2 starts another workerd ran on the same ledger",
    ]);
  });
});
