import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { holdBody } from "../../../shared/contracts/gate.ts";
import { outsideDecision, plainRequest } from "../../../shared/contracts/http.ts";
import { explainIssues } from "../../../shared/contracts/issues.ts";
import { takeOwnEvent } from "../../../shared/contracts/own-event.ts";
import { casesQuery } from "../../../workers/console/cases/queries.ts";
import { deadLettersQuery, discardBody, rebuildBody, redriveBody } from "../../../workers/console/queries.ts";

const GOOD = { id: "evt-1", type: "invoice.payment_failed", occurredAt: 1_790_000_000_000, mode: "test" };
const { occurredAt: _at, ...TIMELESS } = GOOD;
const LETTER = `dl_${"0".repeat(32)}`;

function ofEvent(value: unknown): string {
  const read = takeOwnEvent(value, "api");
  return read.ok ? "accepted" : read.error;
}
const ofField = (change: object): string => ofEvent({ ...GOOD, ...change });

function of(schema: v.GenericSchema, value: unknown): string {
  const parsed = v.safeParse(schema, value);
  return parsed.success ? "accepted" : explainIssues(parsed.issues, schema);
}

/** Each message, to be read by a person. What was sent stands before it. */
const said = (values: readonly unknown[], explain: (value: never) => string): string[] =>
  values.map((value) => `${JSON.stringify(value).slice(0, 90)} → ${explain(value as never)}`);

describe("a wrong event is answered in words", () => {
  it("with the name that we use for what others call otherwise", () => {
    expect(
      said(
        [
          { amount: 42.5 },
          { amount_cents: 4250 },
          { amountCents: 4250 },
          { customer_id: "cus_1" },
          { payment_intent: "pi_1" },
          { decline_code: "lost_card" },
          { livemode: false },
          { live: true },
          { message: "Refund it" },
          { amuontMinor: 4250 },
          { amount: 4250, amountMinor: 4250 },
        ],
        ofField,
      ),
    ).toMatchInlineSnapshot(`
      [
        "{"amount":42.5} → amount: use amountMinor, an integer in minor units, like 4250 for 42.50 USD",
        "{"amount_cents":4250} → amount_cents: use amountMinor, an integer in minor units, like 4250 for 42.50 USD",
        "{"amountCents":4250} → amountCents: use amountMinor, an integer in minor units, like 4250 for 42.50 USD",
        "{"customer_id":"cus_1"} → customer_id: use customer, an id as a text without spaces",
        "{"payment_intent":"pi_1"} → payment_intent: use payment, an id as a text without spaces",
        "{"decline_code":"lost_card"} → decline_code: use declineCode, a short text, as the provider writes it",
        "{"livemode":false} → livemode: leave it out, since mode is there",
        "{"live":true} → live: leave it out, since mode is there",
        "{"message":"Refund it"} → message: use text, what somebody wrote",
        "{"amuontMinor":4250} → amuontMinor: use amountMinor, an integer in minor units, like 4250 for 42.50 USD",
        "{"amount":4250,"amountMinor":4250} → amount: leave it out, since amountMinor is there",
      ]
    `);
  });

  it("with what a time must be, and that seconds look like seconds", () => {
    expect(
      said(
        [
          { ...TIMELESS, created: 1_790_000_000 },
          { ...TIMELESS, timestamp: "2026-11-02T09:00:00Z" },
          { ...TIMELESS, occurredAt: 1_790_000_000 },
          { ...TIMELESS, occurredAt: "1790000000000" },
          { ...TIMELESS, occurredAt: "yesterday" },
          { ...TIMELESS, occurredAt: "2026-11-02 09:00:00" },
          { ...TIMELESS, occurredAt: 1.5 },
          { ...TIMELESS, occurredAt: null },
          { ...GOOD, nextAttemptAt: "2026-11-02T09:00:00Z" },
        ],
        ofEvent,
      ),
    ).toMatchInlineSnapshot(`
      [
        "{"id":"evt-1","type":"invoice.payment_failed","mode":"test","created":1790000000} → created: use occurredAt, ISO 8601 with a time zone like "2026-11-02T09:00:00Z", or whole milliseconds since 1970; this looks like seconds: times 1,000",
        "{"id":"evt-1","type":"invoice.payment_failed","mode":"test","timestamp":"2026-11-02T09:00: → timestamp: use occurredAt, ISO 8601 with a time zone like "2026-11-02T09:00:00Z", or whole milliseconds since 1970",
        "{"id":"evt-1","type":"invoice.payment_failed","mode":"test","occurredAt":1790000000} → occurredAt: milliseconds; this looks like seconds: times 1,000",
        "{"id":"evt-1","type":"invoice.payment_failed","mode":"test","occurredAt":"1790000000000"} → occurredAt: a number of milliseconds, not a text",
        "{"id":"evt-1","type":"invoice.payment_failed","mode":"test","occurredAt":"yesterday"} → occurredAt: ISO 8601 with a time zone like "2026-11-02T09:00:00Z", or whole milliseconds since 1970",
        "{"id":"evt-1","type":"invoice.payment_failed","mode":"test","occurredAt":"2026-11-02 09:00 → occurredAt: the time zone is missing; write it like "2026-11-02T09:00:00Z"",
        "{"id":"evt-1","type":"invoice.payment_failed","mode":"test","occurredAt":1.5} → occurredAt: ISO 8601 with a time zone like "2026-11-02T09:00:00Z", or whole milliseconds since 1970",
        "{"id":"evt-1","type":"invoice.payment_failed","mode":"test","occurredAt":null} → occurredAt: ISO 8601 with a time zone like "2026-11-02T09:00:00Z", or whole milliseconds since 1970, not null",
        "{"id":"evt-1","type":"invoice.payment_failed","occurredAt":1790000000000,"mode":"test","ne → nextAttemptAt: a number of milliseconds, not a text",
      ]
    `);
  });

  it("with the form of money, and why this is none", () => {
    expect(
      said(
        [
          { amountMinor: 42.5 },
          { amountMinor: "4250" },
          { amountMinor: -4250 },
          { amountMinor: 2 ** 53 },
          { amountMinor: null },
          { currency: "US Dollars" },
          { currency: "zzz" },
          { currency: 840 },
        ],
        ofField,
      ),
    ).toMatchInlineSnapshot(`
      [
        "{"amountMinor":42.5} → amountMinor: an integer in minor units, like 4250 for 42.50 USD, not a fraction",
        "{"amountMinor":"4250"} → amountMinor: an integer in minor units, like 4250 for 42.50 USD, not a text",
        "{"amountMinor":-4250} → amountMinor: an integer in minor units, like 4250 for 42.50 USD, not negative",
        "{"amountMinor":9007199254740992} → amountMinor: an integer in minor units, like 4250 for 42.50 USD, and not beyond 9,007,199,254,740,991",
        "{"amountMinor":null} → amountMinor: an integer in minor units, like 4250 for 42.50 USD, not null",
        "{"currency":"US Dollars"} → currency: three letters like USD",
        "{"currency":"zzz"} → currency: is not a currency we know; three letters like USD",
        "{"currency":840} → currency: three letters like USD, not a number",
      ]
    `);
  });

  it("with the values that there are, and the nearest", () => {
    expect(
      said(
        [
          { mode: "Live" },
          { mode: "tset" },
          { mode: "production" },
          { mode: true },
          { lane: "fast" },
          { requester: "boss" },
          { requester: "staff" },
          { proposed: { action: "refnd", reason: "twice" } },
          { proposed: { action: "authorize", variant: "settle", reason: "x" } },
          { type: "countersign.hold" },
        ],
        ofField,
      ),
    ).toMatchInlineSnapshot(`
      [
        "{"mode":"Live"} → mode: live or test; you may mean live",
        "{"mode":"tset"} → mode: live or test; you may mean test",
        "{"mode":"production"} → mode: live or test",
        "{"mode":true} → mode: live or test",
        "{"lane":"fast"} → lane: live or batch",
        "{"requester":"boss"} → requester: staff or customer",
        "{"requester":"staff"} → requester: only a countersign.request has one; leave it out here",
        "{"proposed":{"action":"refnd","reason":"twice"}} → proposed.action: one of authorize, refund, retry, pause, resume, downgrade, cancel, escalate or none; you may mean refund",
        "{"proposed":{"action":"authorize","variant":"settle","reason":"x"}} → proposed.variant: one of capture, release, keep_as_draft, mark_uncollectible, void, at_period_end or at_once",
        "{"type":"countersign.hold"} → type: countersign.* is reserved; send countersign.request or countersign.decision",
      ]
    `);
  });

  it("with what a value must be, and where it stands", () => {
    expect(
      said(
        [
          { payment: "pi 1" },
          { payment: "" },
          { payment: { id: "pi_1" } },
          { payment: "x".repeat(256) },
          { text: "x".repeat(20_001) },
          { attempt: -1 },
          { attempt: "1" },
          { proposed: { action: "refund" } },
          { proposed: [] },
          { defects: [1] },
          { actionId: "act_1" },
        ],
        ofField,
      ),
    ).toMatchInlineSnapshot(`
      [
        "{"payment":"pi 1"} → payment: must be printable ASCII without spaces",
        "{"payment":""} → payment: must not be empty",
        "{"payment":{"id":"pi_1"}} → payment: an id as a text without spaces, not an object",
        "{"payment":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx → payment: at most 255 characters",
        "{"text":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx → text: at most 20,000 characters",
        "{"attempt":-1} → attempt: a whole number, not negative",
        "{"attempt":"1"} → attempt: a whole number, not negative, not a text",
        "{"proposed":{"action":"refund"}} → proposed: missing: reason (a text that says why)",
        "{"proposed":[]} → proposed: a JSON object, not a list",
        "{"defects":[1]} → defects.0: a text, not a number",
        "{"actionId":"act_1"} → actionId: must be act_ and 32 hexadecimal digits",
      ]
    `);
  });

  it("with all that is missing at once, and nothing that stands there under another name", () => {
    expect(
      said([{}, { event_id: "1", event_type: "x" }, { type: "x", mode: "test" }, [], null, 5, "text"], ofEvent),
    ).toMatchInlineSnapshot(`
      [
        "{} → missing: id (a text without spaces like "evt-1042", yours alone), type (a text like "invoice.payment_failed"), occurredAt (ISO 8601 with a time zone like "2026-11-02T09:00:00Z", or whole milliseconds since 1970), mode (live or test)",
        "{"event_id":"1","event_type":"x"} → event_id: use id, a text without spaces like "evt-1042", yours alone; event_type: use type, a text like "invoice.payment_failed"; missing: occurredAt (ISO 8601 with a time zone like "2026-11-02T09:00:00Z", or whole milliseconds since 1970), mode (live or test)",
        "{"type":"x","mode":"test"} → missing: id (a text without spaces like "evt-1042", yours alone), occurredAt (ISO 8601 with a time zone like "2026-11-02T09:00:00Z", or whole milliseconds since 1970)",
        "[] → an event is a JSON object, not a list",
        "null → an event is a JSON object, not null",
        "5 → an event is a JSON object, not a number",
        ""text" → an event is a JSON object, not a text",
      ]
    `);
  });
});

describe("a wrong request is answered in words", () => {
  it("at /v1/requests", () => {
    expect(
      said(
        [
          {},
          [],
          null,
          { text: "Refund it" },
          { message: " " },
          { message: "Refund it", customer_id: "cus_1" },
          { message: "Refund it", amount: 5 },
          { message: "Refund it", requester: "customer" },
          { message: "Refund it", requester: "costumer" },
        ],
        (value) => of(plainRequest, value),
      ),
    ).toMatchInlineSnapshot(`
      [
        "{} → missing: message (what you want, in words)",
        "[] → body: a JSON object, not a list",
        "null → body: a JSON object with at least message, not null",
        "{"text":"Refund it"} → text: use message, what you want, in words",
        "{"message":" "} → message: say what you want",
        "{"message":"Refund it","customer_id":"cus_1"} → customer_id: use customer, an id as a text without spaces",
        "{"message":"Refund it","amount":5} → amount: there is no such field, only message, payment, invoice, subscription, customer, requester and case",
        "{"message":"Refund it","requester":"customer"} → customer: name the customer who asks, because requester is customer",
        "{"message":"Refund it","requester":"costumer"} → requester: staff or customer; you may mean customer",
      ]
    `);
  });

  it("at /api/payments", () => {
    const decided = (change: object) => ({
      source: "agent",
      decision: { action: "refund", reason: "twice", ...change },
    });
    expect(
      said(
        [
          {},
          { source: "agent" },
          { source: "agent", decision: "refund" },
          { source: "agent", decision: {} },
          { action: "refund", reason: "twice" },
          decided({ amountMinor: 4250 }),
          decided({ amount: 42.5 }),
          decided({ amount_cents: 42.5 }),
          decided({ amount_cents: "4250" }),
          decided({ action: "Refnd" }),
          decided({ action: "authorize", variant: "settle" }),
          decided({ currency: "dollars" }),
        ],
        (value) => of(outsideDecision, value),
      ),
    ).toMatchInlineSnapshot(`
      [
        "{} → missing: source (the name of the agent that decided), decision (a JSON object with at least action and reason)",
        "{"source":"agent"} → missing: decision (a JSON object with at least action and reason)",
        "{"source":"agent","decision":"refund"} → decision: a JSON object with at least action and reason, not a text",
        "{"source":"agent","decision":{}} → decision: missing: action (one of authorize, refund, retry, pause, resume, downgrade, cancel, escalate or none), reason (a text that says why)",
        "{"action":"refund","reason":"twice"} → action: it belongs into decision; reason: it belongs into decision; missing: source (the name of the agent that decided), decision (a JSON object with at least action and reason)",
        "{"source":"agent","decision":{"action":"refund","reason":"twice","amountMinor":4250}} → decision.amountMinor: use amount_cents, an integer in minor units, like 4250 for 42.50 USD",
        "{"source":"agent","decision":{"action":"refund","reason":"twice","amount":42.5}} → decision.amount: use amount_cents, an integer in minor units, like 4250 for 42.50 USD",
        "{"source":"agent","decision":{"action":"refund","reason":"twice","amount_cents":42.5}} → decision.amount_cents: an integer in minor units, like 4250 for 42.50 USD, not a fraction",
        "{"source":"agent","decision":{"action":"refund","reason":"twice","amount_cents":"4250"}} → decision.amount_cents: an integer in minor units, like 4250 for 42.50 USD, not a text",
        "{"source":"agent","decision":{"action":"Refnd","reason":"twice"}} → decision.action: one of authorize, refund, retry, pause, resume, downgrade, cancel, escalate or none; you may mean refund",
        "{"source":"agent","decision":{"action":"authorize","reason":"twice","variant":"settle"}} → decision.variant: one of capture, release, keep_as_draft, mark_uncollectible, void, at_period_end or at_once",
        "{"source":"agent","decision":{"action":"refund","reason":"twice","currency":"dollars"}} → decision.currency: three letters like USD",
      ]
    `);
  });

  it("at the console's routes", () => {
    const asked: [string, v.GenericSchema, unknown][] = [
      ["cases", casesQuery, { stat: "open" }],
      ["cases", casesQuery, { status: "open" }],
      ["cases", casesQuery, { state: "opne" }],
      ["cases", casesQuery, { limit: "0" }],
      ["cases", casesQuery, { limit: "many" }],
      ["cases", casesQuery, { cursor: "zz" }],
      ["cases", casesQuery, { colour: "red" }],
      ["dead letters", deadLettersQuery, { queue: "refnd" }],
      ["dead letters", deadLettersQuery, { since: "yesterday" }],
      ["dead letters", deadLettersQuery, { since: "1790000000" }],
      ["redrive", redriveBody, {}],
      ["redrive", redriveBody, { ids: [] }],
      ["redrive", redriveBody, { ids: LETTER }],
      ["redrive", redriveBody, { ids: [LETTER, "x"] }],
      ["redrive", redriveBody, { ids: Array(101).fill(LETTER) }],
      ["redrive", redriveBody, { ids: Array(9).fill("x") }],
      ["discard", discardBody, { ids: [LETTER] }],
      ["hold", holdBody, {}],
      ["hold", holdBody, { scope: "pi_1", reason: "x" }],
      ["hold", holdBody, { scope: "all", why: "x" }],
      ["hold", holdBody, { scope: "all", reason: " " }],
      ["rebuild", rebuildBody, { cursor: "garbage" }],
    ];
    expect(
      asked.map(([route, schema, value]) => `${route} ${JSON.stringify(value).slice(0, 60)} → ${of(schema, value)}`),
    ).toMatchInlineSnapshot(`
      [
        "cases {"stat":"open"} → stat: use state, one of open, approved, denied or closed",
        "cases {"status":"open"} → status: use state, one of open, approved, denied or closed",
        "cases {"state":"opne"} → state: one of open, approved, denied or closed; you may mean open",
        "cases {"limit":"0"} → accepted",
        "cases {"limit":"many"} → limit: must be a whole number",
        "cases {"cursor":"zz"} → cursor: is not a valid cursor: use the \`next\` of the previous page",
        "cases {"colour":"red"} → colour: there is no such field; leave it out",
        "dead letters {"queue":"refnd"} → queue: one of events, events-batch, authorize, refund, retry, subscription or escalate; you may mean refund",
        "dead letters {"since":"yesterday"} → since: ISO 8601 with a time zone like "2026-11-02T09:00:00Z", or whole milliseconds since 1970",
        "dead letters {"since":"1790000000"} → since: milliseconds; this looks like seconds: times 1,000",
        "redrive {} → missing: ids (a list)",
        "redrive {"ids":[]} → ids: name at least one",
        "redrive {"ids":"dl_00000000000000000000000000000000"} → ids: a list, not a text",
        "redrive {"ids":["dl_00000000000000000000000000000000","x"]} → ids.1: is not the id of a dead letter",
        "redrive {"ids":["dl_00000000000000000000000000000000","dl_0000000000 → ids: at most 100 at once: send the rest in further requests",
        "redrive {"ids":["x","x","x","x","x","x","x","x","x"]} → ids.0: is not the id of a dead letter; ids.1: is not the id of a dead letter; ids.2: is not the id of a dead letter; ids.3: is not the id of a dead letter; ids.4: is not the id of a dead letter; and 4 more",
        "discard {"ids":["dl_00000000000000000000000000000000"]} → missing: reason (a text that says why)",
        "hold {} → missing: scope ("all", or one of provider, kind, account, customer, subscription, invoice, payment, charge, a colon, and its name or id), reason (a text that says why)",
        "hold {"scope":"pi_1","reason":"x"} → scope: must be "all", or one of provider, kind, account, customer, subscription, invoice, payment, charge, a colon, and its name or id",
        "hold {"scope":"all","why":"x"} → why: use reason, a text that says why",
        "hold {"scope":"all","reason":" "} → reason: say why",
        "rebuild {"cursor":"garbage"} → cursor: is not a place: use the \`next\` of the previous answer, or leave it out to begin anew",
      ]
    `);
  });
});

describe("an answer to what is wrong", () => {
  it("names a handful, and counts the rest", () => {
    const message = ofField(Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`unknown_${index}`, 1])));
    expect(message.split("; and ")).toHaveLength(2);
    expect(message.match(/there is no such field/g)).toHaveLength(5);
    expect(message).toMatch(/; and 7 more$/);
  });

  it("is short whatever was sent, and takes little time to write", () => {
    const many = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, index) => [`f${"x".repeat(index % 50)}${index}`, 1]),
    );
    const begun = performance.now();
    expect(ofField(many).length).toBeLessThan(600);
    expect(ofField({ [`k${"x".repeat(500_000)}`]: 1 }).length).toBeLessThan(200);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it.each([
    ["a value", { mode: "anna@example.com" }],
    ["a value of an id", { payment: "anna smith" }],
    ["a name", { "anna@example.com": 1 }],
    ["a long name", { [`anna_${"x".repeat(60)}`]: 1 }],
    ["a key as a name", { sk_live_annaannaanna: 1 }],
    ["a number as a name", { "4242424242424242": 1 }],
    ["a nested value", { proposed: { action: "anna@example.com", reason: "x" } }],
  ])("does not repeat %s that may be private", (_what, change) => {
    expect(ofField(change)).not.toMatch(/anna|smith|4242/);
  });

  it("does not look up what a sender names in anything but the schema", () => {
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      const message = ofEvent(JSON.parse(JSON.stringify(GOOD).replace("{", `{"${name}":1,`)));
      expect(message).not.toContain("native code");
    }
  });
});

describe("what was stored is read as it is", () => {
  it("also an event whose time was sent in seconds before that was refused", async () => {
    const { readAgain } = await import("../../../shared/providers/read-again.ts");
    expect(readAgain("api:evt-1", JSON.stringify({ ...GOOD, occurredAt: 1_790_000_000 }))).toMatchObject({
      occurredAt: 1_790_000_000,
    });
  });
});
