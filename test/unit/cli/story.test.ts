import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { traceLines, traceSummary } from "../../../cli/story.ts";
import { harmless } from "../../../cli/visible.ts";
import type { DecisionRecord } from "../../../shared/contracts/decision.ts";
import type { Trace } from "../../../shared/contracts/views.ts";
import { UNDECIDED } from "../../../shared/ledger/action/new.ts";
import { refundAction } from "../../helpers/ledger.ts";

const action = refundAction(1, { id: "act_1", charge: "ch_1", invoice: "in_1", factKey: "request/request:1" });
const record: DecisionRecord = {
  by: "agent",
  reason: "Duplicate charge detected",
  proposal: { action: "refund", amountMinor: 4250, currency: "usd", target: "INV-1042" },
  verdicts: [{ rule: "captured", verdict: "allow", reason: "42.50 USD are left" }],
  policyVersion: "7",
  agent: {
    agent: "router",
    model: "claude-haiku-5-5",
    promptHash: "0123456789abcdef",
    projection: "{}",
    rawAnswer: '{"action":"refund"}',
    requestId: "req_1",
    usage: { inputTokens: 10, outputTokens: 20, cacheReadTokens: 30, cacheWriteTokens: 0 },
  },
};
const trace: Trace = {
  id: "request:1",
  state: "succeeded",
  terminal: true,
  event: {
    event: {
      id: "request:1",
      type: "countersign.request",
      occurredAt: 0,
      mode: "test",
      lane: "live",
      text: "Refund \\u001b[2J it",
    },
    provenance: "keyed",
    state: "decided",
    outcome: { kind: "action", actionId: "act_1", subject: "pi_1", reason: "Duplicate charge detected" },
    failure: null,
    failures: 0,
    acceptedAt: 1_000,
    decidedAt: 2_000,
    factRowKey: `-/test/${action.factKey}`,
    conflicts: 0,
    history: [{ at: 1_000, what: "accepted" }],
  },
  fact: {
    key: action.factKey,
    eventId: "request:1",
    decidedAt: 2_000,
    decision: { kind: "action", action, caseReason: null, record },
  },
  action: {
    action,
    eventId: "request:1",
    state: "succeeded",
    version: 1,
    grantWanted: null,
    firstBeginAt: null,
    grant: { kid: "k1", claims: JSON.stringify({ policyVersion: "7", expiresAt: 3_600_000 }), signature: "s" },
    attempts: 1,
    failures: 0,
    notBefore: null,
    caseReason: null,
    caseAbout: null,
    caseStanding: null,
    ...UNDECIDED,
    held: null,
    failure: null,
    outcome: { kind: "succeeded", providerObject: "re_1", amountMinor: 4250, note: "refunded" },
    createdAt: 2_000,
    updatedAt: 3_000,
    history: [{ at: 2_500, what: "begun", detail: "attempt 1" }],
  },
};

describe("the story of a trace", () => {
  it("says what people have decided about its case", () => {
    const { action } = trace;
    if (action === null) throw new Error("no action");
    const told = (changes: Partial<typeof action>): string =>
      traceLines({ ...trace, action: { ...action, ...changes } }).join("\n");
    const by = { id: "person_ann", name: "Ann" };
    const decided = { kind: "denied", code: "not_owed", by, at: 0, round: 1, key: "k" } as const;
    expect(told({ state: "denied", caseDecided: decided })).toContain("denied by Ann (not_owed), 1970-01-01");
    // Of an earlier round, which has come back since.
    expect(told({ state: "case_open", caseDecided: { ...decided, kind: "closed" } })).not.toContain("closed by Ann");
    const approved = {
      approval: "approval:1",
      approvers: [by.id],
      overrides: [],
      until: 1,
      round: 1,
      at: 0,
      reason: null,
    };
    expect(told({ approved })).toContain("approved by person_ann: approval:1, 1970-01-01");
    expect(told({ approved: { ...approved, names: ["Ann", "Ben"] } })).toContain("approved by Ann and Ben: approval:1");
    expect(told({ superseded: { approval: "approval:1", subject: "pi_2", at: 0 } })).toContain(
      "executed on pi_2 instead",
    );
    const given = { round: 1, proposal: "", overrides: [], change: null, needs: 2, expiresAt: 1 } as const;
    expect(told({ caseApprovals: { ...given, approvals: [{ by, at: 0, key: "k" }] } })).toContain(
      "1 of 2 said yes: Ann",
    );
  });

  it.each([
    ["request:1", {}, "asked by staff: the holder of the ingest key vouches"],
    ["standard:1", {}, "asked by staff: the holder of the webhook's secret vouches"],
    ["request:1", { requester: "customer", customer: "cus_1" }, "asked by the customer cus_1"],
  ] as const)("of %s %j says who asked", (id, changes, told) => {
    const event = { ...trace.event, event: { ...trace.event.event, ...changes, id } };
    expect(traceLines({ ...trace, event }).join("\n")).toContain(told);
  });

  it.each([
    ["signed", "came with its sender's signature"],
    ["keyed", "came with an ingest key"],
    ["own", "recorded here"],
  ] as const)("says of a %s event who vouches for it", (provenance, told) => {
    const lines = traceLines({ ...trace, event: { ...trace.event, provenance } }).map((line) => line.trim());
    expect(lines).toContain(told);
    expect(traceLines({ ...trace, event: { ...trace.event, provenance: null } }).join("\n")).not.toContain(told);
  });

  it("says who asked as the decision recorded it, and which variant was proposed", () => {
    const proposal = {
      action: "authorize",
      variant: "release",
      amountMinor: null,
      currency: null,
      target: "pi_1",
    } as const;
    const decided = { ...record, proposal, requester: "customer" } as const;
    const decision = { kind: "action", action, caseReason: null, record: decided } as const;
    const lines = traceLines({ ...trace, fact: { key: "k", eventId: "request:1", decidedAt: 2_000, decision } });
    expect(lines.map((line) => line.trim())).toEqual(
      expect.arrayContaining(["asked by the customer", "proposed: authorize release pi_1"]),
    );
  });

  it("says that an action is on hold, since when and why", () => {
    const held = { scope: "all", at: 1_000, reason: "on hold (all): an incident", since: 2_000 } as const;
    const { action } = trace;
    if (action === null) throw new Error("the sample has an action");
    const text = traceLines({ ...trace, action: { ...action, held } }).join("\n");
    expect(text).toContain("held since 1970-01-01 00:00:02.000 UTC: on hold (all): an incident");
    expect(traceLines(trace).join("\n")).not.toContain("held since");
  });

  it("walks from the event over agent, guardrails, grant and attempts to the provider's object, in this order", () => {
    const text = traceLines(trace).join("\n");
    const stations = [
      "countersign.request",
      "by Claude: Duplicate charge detected",
      "claude-haiku-5-5, prompt 0123456789ab",
      "captured: 42.50 USD are left",
      "refund 42.50 USD on pi_1, step 1",
      "signed with key k1 under policy 7, good until 1970-01-01 01:00",
      "begun: attempt 1",
      "succeeded: re_1",
    ];
    const places = stations.map((station) => text.indexOf(station));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it("lets no control character of a customer's text reach the terminal", () => {
    const hostile = {
      ...trace,
      event: { ...trace.event, event: { ...trace.event.event, text: "a\u001b[2Jb\u009bc" } },
    };
    const text = traceLines(hostile).map(harmless).join("\n");
    expect([text.indexOf("\u001b"), text.indexOf("\u009b")]).toEqual([-1, -1]);
  });

  it("has the same lines whatever was written outside, and hides nothing in them", () => {
    const words = new Set(["text", "reason", "projection", "rawAnswer", "detail", "note", "caseReason", "declineCode"]);
    const saying = (text: string): Trace =>
      JSON.parse(JSON.stringify(trace), (key, value) => (words.has(key) && typeof value === "string" ? text : value));
    const anyCharacter = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));
    const outside = fc.oneof(
      fc.string({ unit: anyCharacter, minLength: 1, maxLength: 40 }),
      fc.constantFrom("a\nattempts  forged", "\u2028x", "\u0085x", "\u202ex", "\u{e0041}x", "\u200bx", "\r\u001b[2J"),
    );
    fc.assert(
      fc.property(outside, (text) => {
        const printed = traceLines(saying(text)).map(harmless).join("\n");
        expect(printed.split("\n")).toHaveLength(traceLines(saying("plain")).length);
        expect(printed.replaceAll("\n", "")).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u);
      }),
    );
  });

  it("says that an undecided event is not finished", () => {
    const event = { ...trace.event, state: "received" as const, outcome: null };
    const text = traceLines({ ...trace, state: "received", terminal: false, event, fact: null, action: null }).join(
      "\n",
    );
    expect(text).toContain("received  (not finished)");
    expect(text).toContain("not decided yet");
  });

  it("names the action of a sibling also where its decision is shown", () => {
    const sameFactAs = { eventId: "stripe:evt_1", actionId: "act_1", subject: "pi_1" };
    const outcome = { kind: "none" as const, reason: "same fact", sameFactAs };
    const text = traceLines({ ...trace, event: { ...trace.event, outcome }, action: null }).join("\n");
    expect(text).toContain("same fact as stripe:evt_1, whose action is act_1");
  });

  it.each([
    ["issfr_1", "fraud warning issfr_1"],
    ["prv_1", "review prv_1"],
    ["du_1", "dispute du_1"],
  ])("calls %s what it is", (dispute, said) => {
    const event = { ...trace.event, event: { ...trace.event.event, dispute } };
    expect(traceLines({ ...trace, event }).join("\n")).toMatch(new RegExp(`[ ,] ?${said}`));
  });

  it("names the case of an action that waits for a person, and no other", () => {
    const { action } = trace;
    if (action === null) throw new Error("the trace has an action");
    const open = traceLines({ ...trace, action: { ...action, state: "case_open", caseReason: "too much" } }).join("\n");
    expect(open).toContain(`npx countersign cases show ${action.action.id.replace("act_", "case_")}`);
    expect(traceLines(trace).join("\n")).not.toContain("cases show");
  });

  it("names the zone of every time", () => {
    const times =
      traceLines(trace)
        .join("\n")
        .match(/\d\d:\d\d:\d\d\.\d{3}.{4}/g) ?? [];
    expect(times.length).toBeGreaterThan(3);
    expect(times.filter((time) => !time.endsWith(" UTC"))).toEqual([]);
  });

  it("names the event that stands for the fact, where this is a sibling", () => {
    const reason = "same fact";
    const outcome = {
      kind: "none" as const,
      reason,
      sameFactAs: { eventId: "stripe:evt_1", actionId: "act_1", subject: "pi_1" },
    };
    const text = traceLines({
      ...trace,
      state: "none",
      event: { ...trace.event, outcome },
      fact: null,
      action: null,
    }).join("\n");
    expect(text).toContain("same fact as stripe:evt_1, whose action is act_1");
  });

  it("says from when a grant is good, and for which one an action waits", () => {
    const grant = {
      kid: "k1",
      claims: JSON.stringify({ policyVersion: "7", expiresAt: 7_200_000, notBefore: 3_600_000 }),
      signature: "s",
    };
    const { action } = trace;
    if (action === null) throw new Error("the trace has an action");
    const told = (grantWanted: "renewal" | "next_step" | "first") =>
      traceLines({ ...trace, action: { ...action, grant, grantWanted } }).join("\n");
    expect(told("renewal")).toContain("good from 1970-01-01 01:00:00.000 UTC until 1970-01-01 02:00");
    expect(told("renewal")).toContain("no longer good: waits for a new one");
    expect(told("next_step")).toContain("of the try before it: waits for one of its own");
    expect(told("first")).toContain("waits for its first grant");
  });

  it("says that an action without a grant may not be executed", () => {
    if (trace.action === null) throw new Error("the trace has an action");
    expect(traceLines({ ...trace, action: { ...trace.action, grant: null } }).join("\n")).toContain(
      "nothing may be executed",
    );
  });
});

describe("a story in one line", () => {
  it("names what was done, how it ended, the provider's object and why", () => {
    expect(traceSummary(trace)).toBe("refund 42.50 USD succeeded (re_1): Duplicate charge detected");
  });

  it("names why a person has it", () => {
    if (trace.action === null) throw new Error("the trace has an action");
    const held: Trace = {
      ...trace,
      state: "case_open",
      action: { ...trace.action, caseReason: "disputed", outcome: null },
    };
    expect(traceSummary(held)).toBe("refund 42.50 USD case_open: disputed");
  });

  it("shows each attempt with its key, and what came back", () => {
    const { action } = trace;
    if (action === null) throw new Error("the trace has an action");
    const history = [
      { at: 1_000, what: "granted" },
      { at: 2_000, what: "attempt 1" },
      { at: 3_000, what: "unknown", detail: "no clear answer" },
      { at: 4_000, what: "attempt 2" },
      { at: 5_000, what: "failed: provider_unavailable", detail: "503" },
      { at: 6_000, what: "held", detail: "look first" },
      { at: 7_000, what: "attempt 3", detail: "provider key generation 1" },
      { at: 8_000, what: "succeeded", detail: "made" },
    ];
    const lines = traceLines({ ...trace, action: { ...action, attempts: 3, history } }).map((line) => line.trim());
    const { id } = action.action;
    expect(lines).toEqual(
      expect.arrayContaining([
        `1970-01-01 00:00:02.000 UTC  attempt 1: under the key ${id}:0`,
        "1970-01-01 00:00:03.000 UTC  came back unknown: no clear answer",
        `1970-01-01 00:00:04.000 UTC  attempt 2: under the key ${id}:0`,
        "1970-01-01 00:00:05.000 UTC  came back failed: provider_unavailable: 503",
        "1970-01-01 00:00:06.000 UTC  held: look first",
        `1970-01-01 00:00:07.000 UTC  attempt 3: under the key ${id}:1`,
        "1970-01-01 00:00:08.000 UTC  came back succeeded: made",
      ]),
    );
    const long = traceLines({ ...trace, action: { ...action, attempts: 70, history } }).join("\n");
    expect(long).toContain("67 more attempt(s) are not in the history");
    expect(long).not.toContain(`${id}:0`);
  });

  it("shows each conflict: when it came, who vouches for it, and how it differs", () => {
    const conflicts = [
      {
        at: 5_000,
        provenance: "keyed" as const,
        differs: [
          { field: "amountMinor", stored: "4250", came: "9900" },
          { field: "charge", came: '"ch_x"' },
        ],
      },
      { at: 6_000, provenance: null, differs: [] },
    ];
    const event = { ...trace.event, conflicts: 3 };
    const lines = traceLines({ ...trace, event, conflicts }).join("\n");
    expect(lines).toContain("1970-01-01 00:00:05.000 UTC  came with an ingest key");
    expect(lines).toContain("amountMinor: 9900; stored is 4250");
    expect(lines).toContain('charge: "ch_x"; stored is nothing');
    expect(lines).toContain("it is not known how it came");
    expect(lines).toContain("1 more came; of these only the number is kept");
    expect(traceLines(trace).join("\n")).not.toContain("conflicts");
  });
});
