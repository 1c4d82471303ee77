import { describe, expect, it } from "vitest";
import type { Action } from "../../../shared/contracts/action.ts";
import type { ApprovalClaims } from "../../../shared/contracts/case-decision.ts";
import type { LoggedRequest } from "../../../simulators/stripe/request-log.ts";
import { unapproved } from "../../chaos/book-approvals.ts";
import { NOTHING_BY_PEOPLE } from "../../chaos/crew/gathered.ts";
import { effectsIn } from "../../chaos/our-effects.ts";
import type { FullBooks, ProviderObject } from "../../chaos/outside.ts";
import { approvalClaims, click, matter, people } from "../../helpers/chaos-crew.ts";
import { books, evidence, signedFor, traceOf, view } from "../../helpers/chaos-evidence.ts";

const ID = `act_${"1".repeat(32)}`;
const KEY = `${ID}:0`;
const APPROVAL = `approval:${"a".repeat(32)}`;
/** The provider's word of what happened to pi_1 by our call. */
const event = (type: string, amount = 0): ProviderObject => ({
  object: "event",
  id: `evt_${type}`,
  type,
  request: { idempotency_key: KEY },
  data: { object: { id: "pi_1", amount_received: amount } },
});
const call = (change: Partial<LoggedRequest> = {}): LoggedRequest => ({
  sequence: 1,
  at: "2026-01-01T00:00:00.000Z",
  method: "POST",
  path: "/v1/payment_intents/pi_1/capture",
  account: null,
  params: {},
  idempotencyKey: KEY,
  requestId: "req_1",
  status: 200,
  replayed: false,
  fault: null,
  ...change,
});
const changed = (change: object = {}) =>
  ({
    subscription: "sub_1",
    change: "pause",
    idempotencyKey: KEY,
    at: 1,
    statusBefore: "active",
    effective: true,
    ...change,
  }) as FullBooks["subscriptionChanges"][number];

type Given = { after?: Partial<FullBooks>; requests?: LoggedRequest[] };
const seen = (of: Partial<Action>, { after = {}, requests = [] }: Given) => {
  const base = evidence();
  const own = view({ caseRound: 1 }, { ...of, id: ID });
  return { ...base, after: books(after), actions: new Map([[ID, own]]), acts: { ...base.acts, requests } };
};

describe("what the provider did by a call of ours", () => {
  it("is money that moved, a hold that was given up, and a subscription that changed, with when it was sent", () => {
    const atMs = Date.parse("2026-01-01T00:00:00.000Z");
    const of = { kind: "authorize", variant: "capture" } as const;
    const captured = seen(of, { after: { objects: [event("payment_intent.succeeded", 500)] }, requests: [call()] });
    expect(effectsIn(captured)).toMatchObject([
      { action: ID, what: "capture", subject: "pi_1", amountMinor: 500, sentAtMs: atMs },
    ]);
    const released = seen(of, { after: { objects: [event("payment_intent.canceled")] } });
    expect(effectsIn(released)).toMatchObject([
      { what: "release", subject: "pi_1", amountMinor: null, sentAtMs: null },
    ]);
    const paused = seen({ kind: "pause" }, { after: { subscriptionChanges: [changed()] } });
    expect(effectsIn(paused)).toMatchObject([{ what: "change", subject: "sub_1", object: "pause of sub_1" }]);
    expect(effectsIn(seen({}, { after: { subscriptionChanges: [changed({ effective: false })] } }))).toEqual([]);
  });

  it("is also a call that was answered well and of which the books show nothing; not one that was refused or replayed", () => {
    const of = (change: Partial<LoggedRequest>) => effectsIn(seen({}, { requests: [call(change)] }));
    expect(of({})).toMatchObject([{ what: "call", object: "POST /v1/payment_intents/pi_1/capture", subject: null }]);
    for (const nothing of [{ status: 402 }, { status: null }, { replayed: true }, { method: "GET" }])
      expect(of(nothing), JSON.stringify(nothing)).toEqual([]);
  });
});

/** Ann and Ben have approved it. Each test breaks one thing. */
function found(
  of: Partial<Action>,
  given: Given,
  claims: Partial<ApprovalClaims> = {},
  proposed: Partial<Action> = of,
): string[] {
  const approvers = [
    { id: "person_a", name: "ann" },
    { id: "person_b", name: "ben" },
  ];
  const by = {
    approval: APPROVAL,
    approvers: approvers.map(({ id }) => id),
    overrides: ["duplicate" as const],
    until: 1,
  };
  const base = seen(of, given);
  const own = view({ caseRound: 1 }, { ...of, id: ID });
  const trace = traceOf(view({}, { ...proposed, id: ID }));
  const decision = { kind: "action" as const, action: view({}, { ...proposed, id: ID }).action, caseReason: "large" };
  const fact = trace.fact === null ? null : { ...trace.fact, decision: { ...trace.fact.decision, ...decision } };
  const clicks = approvers.map(({ name }) => click({ by: name }));
  return unapproved({
    ...base,
    traces: new Map([["request:1", { ...trace, fact } as typeof trace]]),
    acts: { ...base.acts, crew: { matters: [matter(clicks, { action: ID })], policy: [], people } },
    people: {
      ...NOTHING_BY_PEOPLE,
      grants: new Map([[ID, signedFor(own, by)]]),
      approvals: new Map([
        [
          APPROVAL,
          { kind: "authentic", claims: { ...approvalClaims, actionId: ID, approvers, ...claims }, isRetired: false },
        ],
      ]),
    },
  }).map(({ why }) => why);
}

describe("the book of approvals, for every kind of action", () => {
  const capture = { kind: "authorize", variant: "capture", amountMinor: 520_000 } as const;
  const release = { kind: "authorize", variant: "release", amountMinor: null } as const;
  const retry = { kind: "retryPayment", amountMinor: 520_000 } as const;
  const pause = {
    kind: "pause",
    variant: "keep_as_draft",
    amountMinor: null,
    subject: "sub_1",
    payment: null,
  } as const;
  const taken = (amount: number): Given => ({ after: { objects: [event("payment_intent.succeeded", amount)] } });

  it("finds nothing where exactly what was approved was done", () => {
    expect(found(capture, taken(520_000))).toEqual([]);
    expect(found(retry, taken(520_000))).toEqual([]);
    expect(found(pause, { after: { subscriptionChanges: [changed()] } })).toEqual([]);
    const given = { after: { objects: [event("payment_intent.canceled")] } };
    expect(found(release, given, { change: { variant: "release" } }, capture)).toEqual([]);
  });

  it("finds a capture and a retry of another amount, and a retry of another invoice", () => {
    expect(found(capture, taken(520_000), { change: { amountMinor: 510_000 } })).toEqual([
      `520000 of pi_1 (pi_1) by ${ID}: approved were 510000`,
    ]);
    expect(found(retry, taken(520_000), {}, { ...retry, amountMinor: 1 })).toEqual([
      `520000 of pi_1 (pi_1) by ${ID}: approved were 1`,
    ]);
    expect(found(retry, taken(520_000), { change: { invoice: "in_1" } })).toEqual([]);
    expect(found(retry, taken(520_000), { change: { invoice: "in_2" } })).toEqual([
      `520000 of pi_1 (pi_1) by ${ID}: approved was in_2`,
    ]);
  });

  it("finds a capture where a release was approved, and the other way round", () => {
    expect(found(capture, taken(520_000), { change: { variant: "release" } })).toEqual([
      `520000 of pi_1 (pi_1) by ${ID}: approved was release`,
    ]);
    expect(found(release, { after: { objects: [event("payment_intent.canceled")] } }, {}, capture)).toEqual([
      `release of pi_1 by ${ID}: approved was capture`,
    ]);
  });

  it("finds a change of another subscription, and another change of it", () => {
    const done = { after: { subscriptionChanges: [changed()] } };
    expect(found(pause, done, { change: { subscription: "sub_2" } })).toEqual([
      `pause of sub_1 by ${ID}: approved was sub_2`,
    ]);
    expect(found(pause, done, { change: { variant: "void" } })).toEqual([`pause of sub_1 by ${ID}: approved was void`]);
  });

  it("finds a call in the log that nobody approved, though the books show nothing of it", () => {
    const own = view({ caseRound: 1 }, { ...capture, id: ID });
    const base = seen(capture, { requests: [call()] });
    const alone = { ...base, people: { ...NOTHING_BY_PEOPLE, grants: new Map([[ID, signedFor(own)]]) } };
    expect(unapproved(alone).map(({ why }) => why)).toEqual([
      `POST /v1/payment_intents/pi_1/capture by ${ID}: its case was opened (1), and nobody approved it`,
    ]);
  });
});
