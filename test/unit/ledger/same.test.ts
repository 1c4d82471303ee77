import { describe, expect, it } from "vitest";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import type { AcceptAnswer } from "../../../shared/contracts/ledger.ts";
import type { Provenance } from "../../../shared/contracts/views.ts";
import { normaliseStripeEvent } from "../../../shared/providers/stripe/normalise.ts";
import { RENDERINGS } from "../../helpers/renderings.ts";
import { event, openShard } from "../../helpers/shard.ts";

const PAID: Partial<PaymentEvent> = { payment: "pi_1", amountMinor: 100, currency: "usd" };

/** What the second of two events with one id is answered. */
function second(
  [firstBy, first]: [Provenance, Partial<PaymentEvent>],
  [secondBy, other]: [Provenance, Partial<PaymentEvent>],
): AcceptAnswer | undefined {
  const { acceptAs } = openShard();
  expect(acceptAs(firstBy, event(first))).toEqual(["accepted"]);
  return acceptAs(secondBy, event(other))[0];
}

describe("a second event with one id, of the same provenance", () => {
  it.each<Provenance>(["signed", "keyed", "own"])("%s: with a field more or a field less it is a duplicate", (by) => {
    expect(second([by, PAID], [by, { ...PAID, charge: "ch_1" }])).toBe("duplicate");
    expect(second([by, { ...PAID, charge: "ch_1" }], [by, PAID])).toBe("duplicate");
  });

  it.each<[string, Partial<PaymentEvent>]>([
    ["another amount", { amountMinor: 200 }],
    ["another payment", { payment: "pi_2" }],
    ["another mode", { mode: "live" }],
    ["another type", { type: "invoice.payment_action_required" }],
    ["another time", { occurredAt: 1 }],
  ])("with %s it is a conflict", (_what, other) => {
    expect(second(["signed", PAID], ["signed", { ...PAID, ...other }])).toBe("conflict");
  });

  it("is a duplicate where only what we derive differs", () => {
    const then = {
      ...event(PAID),
      tells: { fact: "failed_payment" },
      defects: ["a field that no build reads"],
    } satisfies PaymentEvent;
    const { acceptAs } = openShard();
    acceptAs("signed", then);
    expect(acceptAs("signed", event({ ...PAID, lane: "batch" }))).toEqual(["duplicate"]);
    expect(acceptAs("signed", { ...event(PAID), defects: ["another"] })).toEqual(["duplicate"]);
  });

  it("a request with one reference less is another request: who asks leaves nothing out by chance", () => {
    const request = { id: "request:1", type: "countersign.request", text: "Refund it" };
    const keyed = (one: Partial<PaymentEvent>): [Provenance, Partial<PaymentEvent>] => [
      "keyed",
      { ...request, ...one },
    ];
    expect(second(keyed({ payment: "pi_1" }), keyed({}))).toBe("conflict");
    expect(second(keyed({}), keyed({ payment: "pi_1" }))).toBe("conflict");
    expect(second(keyed({ payment: "pi_1" }), keyed({ payment: "pi_1" }))).toBe("duplicate");
  });
});

describe("a stored event without a provenance, as of before", () => {
  function openOld(stored: Partial<PaymentEvent>) {
    const opened = openShard();
    opened.acceptAs("keyed", event(stored));
    opened.sql.exec(`UPDATE event SET row = replace(row, '"provenance":"keyed",', '') WHERE ? = 1`, 1);
    const again = openShard(opened.sql);
    expect(again.shard.eventView(event().id)).toMatchObject({ provenance: null });
    return again;
  }

  it.each<Provenance>(["signed", "keyed"])("a %s event that differs is a conflict without a report", (by) => {
    expect(openOld(PAID).acceptAs(by, event({ ...PAID, amountMinor: 200 }))).toEqual(["conflict"]);
    expect(openOld(PAID).acceptAs(by, event({ ...PAID, charge: "ch_1" }))).toEqual(["duplicate"]);
  });

  it("and a caller of before, which says none, is answered as then", () => {
    const { shard, acceptAs, clock } = openShard();
    acceptAs("signed", event(PAID));
    const item = { event: event({ ...PAID, amountMinor: 200 }), raw: "{}" };
    expect(Reflect.apply(shard.accept, shard, [[item], clock.now])).toEqual(["conflict"]);
  });
});

describe("a signed event whose id a keyed one has", () => {
  it("is a duplicate where they are the same to the last field", () => {
    expect(second(["keyed", PAID], ["signed", { ...PAID, lane: "batch" }])).toBe("duplicate");
  });

  it("stands beside it where the keyed one says less, more, or could not be read as well", () => {
    const beside = { kind: "beside", report: null };
    expect(second(["keyed", PAID], ["signed", { ...PAID, charge: "ch_1" }])).toEqual(beside);
    expect(second(["keyed", { ...PAID, charge: "ch_1" }], ["signed", PAID])).toEqual(beside);
    expect(second(["keyed", { ...PAID, defects: ["livemode is missing"] }], ["signed", PAID])).toEqual(beside);
  });

  it("stands beside it and is reported where they contradict each other", () => {
    const answer = second(["keyed", PAID], ["signed", { ...PAID, amountMinor: 200, payment: "pi_2" }]);
    expect(answer).toMatchObject({
      kind: "beside",
      report: { id: "conflict:stripe:evt_1", type: "countersign.conflict", payment: "pi_2", mode: "test" },
    });
  });

  it("leaves a note in the keyed one's row, once, and is not counted there", () => {
    const { acceptAs, shard, sql } = openShard();
    acceptAs("keyed", event(PAID));
    for (let n = 0; n < 3; n++) acceptAs("signed", event({ ...PAID, amountMinor: 200 }));
    const view = shard.eventView("stripe:evt_1");
    expect(view).toMatchObject({ conflicts: 0, provenance: "keyed", event: { amountMinor: 100 } });
    expect(view?.history.map(({ what, detail }) => `${what} ${detail}`)).toEqual([
      "the signed event is stored beside stripe:evt_1:signed",
    ]);
    expect(sql.exec("SELECT id FROM conflict").toArray()).toEqual([]);
    expect(shard.totals().buckets).toEqual([{ bucket: "event:accepted", count: 1, amount: 0 }]);
  });
});

describe("a keyed event whose id a signed one has", () => {
  it("is a duplicate where it only says less or more", () => {
    expect(second(["signed", PAID], ["keyed", { payment: "pi_1" }])).toBe("duplicate");
    expect(second(["signed", { payment: "pi_1" }], ["keyed", PAID])).toBe("duplicate");
  });

  it("is a conflict with a report where it contradicts, and the signed one stays", () => {
    const { acceptAs, shard, sql } = openShard();
    acceptAs("signed", event(PAID));
    const [answer] = acceptAs("keyed", event({ ...PAID, amountMinor: 200 }));
    expect(answer).toMatchObject({ kind: "conflict", report: { type: "countersign.conflict", payment: "pi_1" } });
    expect(shard.eventView("stripe:evt_1")).toMatchObject({ conflicts: 1, event: { amountMinor: 100 } });
    expect(sql.exec("SELECT id FROM conflict").toArray()).toHaveLength(1);
    expect(shard.totals().buckets).toContainEqual({ bucket: "event:conflict", count: 1, amount: 0 });
  });
});

describe("the report of a conflict", () => {
  const reportOf = (answer: AcceptAnswer | undefined): PaymentEvent => {
    if (typeof answer !== "object" || answer.report === null) throw new Error(`no report: ${JSON.stringify(answer)}`);
    return answer.report;
  };

  it("names what differs on both sides, who vouches for each, and that what was done stands", () => {
    const { acceptAs, shard, clock } = openShard();
    acceptAs("keyed", event(PAID));
    const outcome = { kind: "action", actionId: "act_1", subject: "pi_1", reason: "r" } as const;
    shard.close([{ id: "stripe:evt_1", outcome, factRowKey: "f" }], clock.now);
    const { text } = reportOf(acceptAs("signed", event({ ...PAID, amountMinor: 200, currency: "eur" }))[0]);
    expect(text).toBe(
      "Two events have the id stripe:evt_1 and contradict each other. The first came with an ingest key, the second with the provider's signature. " +
        'They differ: amountMinor is 100 (with a key) and 200 (signed); currency is "usd" (with a key) and "eur" (signed). ' +
        "The first was decided: act_1 on pi_1. That stands. " +
        "The signed event is stored as stripe:evt_1:signed and decided in its own right; where the fact was decided before, that decision stands for it too. " +
        "Look at the provider which is right, correct by hand what was done about the wrong one, and find out who sent it.",
    );
  });

  it("says of a first event that nothing was done about it, or that it is not decided", () => {
    const closed = { type: "invoice.paid", amountMinor: 1 };
    const { acceptAs } = openShard();
    acceptAs("keyed", event(closed));
    expect(reportOf(acceptAs("signed", event({ ...closed, amountMinor: 2 }))[0]).text).toContain(
      "Nothing was done about the first: invoice.paid asks for no decision. That stands.",
    );
    expect(reportOf(second(["keyed", PAID], ["signed", { ...PAID, amountMinor: 2 }])).text).toContain(
      "The first is not decided yet (received)",
    );
  });

  it("does not repeat what people wrote", () => {
    const asked = { ...PAID, text: "my card is 4242 4242 4242 4242" };
    const { text } = reportOf(second(["keyed", asked], ["signed", { ...asked, text: "another" }]));
    expect(text).toContain("They differ: text differs.");
    expect(text).not.toContain("4242");
  });

  it("is one event, whatever was done meanwhile", () => {
    const { acceptAs } = openShard();
    acceptAs("keyed", event(PAID));
    const report = reportOf(acceptAs("signed", event({ ...PAID, amountMinor: 200 }))[0]);
    expect(acceptAs("own", report)).toEqual([expect.stringMatching(/accepted|noted/)]);
    expect(acceptAs("own", { ...report, text: "told otherwise later" })).toEqual(["duplicate"]);
  });
});

describe("an event in another rendering", () => {
  const itemOf = (value: object, changes: Partial<PaymentEvent> = {}, provenance: Provenance = "signed") => {
    const read = normaliseStripeEvent(value, "live");
    if (!read.ok) throw new Error(read.error);
    return { event: { ...read.value, ...changes }, raw: JSON.stringify(value), provenance };
  };
  const amountOf = (value: object, amount: number): object =>
    JSON.parse(JSON.stringify(value).replaceAll("4250", String(amount))) as object;
  const acceptBoth = (...items: ReturnType<typeof itemOf>[]): AcceptAnswer[] => {
    const { shard, clock } = openShard();
    return shard.accept(items, clock.now);
  };

  describe.each(Object.entries(RENDERINGS))("%s", (_type, { old, recent }) => {
    const orders = [
      [old, recent],
      [recent, old],
    ] as const;

    it.each(["signed", "keyed"] as const)("of another API version is a duplicate, in either order (%s)", (by) => {
      expect(itemOf(old).event).not.toEqual(itemOf(recent).event);
      for (const [first, other] of orders) {
        expect(acceptBoth(itemOf(first, {}, by), itemOf(other, {}, by))).toEqual(
          ["accepted", "duplicate"].map((answer) =>
            answer === "accepted" ? expect.stringMatching(/accepted|noted/) : answer,
          ),
        );
      }
    });

    it("of another API version is a conflict where it says another amount", () => {
      for (const [first, other] of orders) {
        expect(acceptBoth(itemOf(first), itemOf(amountOf(other, 4_251)))[1]).toBe("conflict");
      }
    });

    it("exported with a key in another API version than its webhook has is told of to nobody", () => {
      for (const [first, other] of orders) {
        expect(acceptBoth(itemOf(first), itemOf(other, {}, "keyed"))[1]).toBe("duplicate");
        expect(acceptBoth(itemOf(first, {}, "keyed"), itemOf(other))[1]).toEqual({ kind: "beside", report: null });
      }
    });

    it("read otherwise by an older build is a duplicate: today's code reads the stored bytes again", () => {
      const asThen = { amountMinor: 42, customer: "cus_misread" };
      expect(acceptBoth(itemOf(recent, asThen), itemOf(recent))[1]).toBe("duplicate");
      expect(acceptBoth(itemOf(recent, asThen), itemOf(old))[1]).toBe("duplicate");
      expect(acceptBoth(itemOf(recent, asThen, "keyed"), itemOf(recent))[1]).toBe("duplicate");
      expect(acceptBoth(itemOf(recent, asThen), itemOf(amountOf(recent, 9_999)))[1]).toBe("conflict");
    });
  });

  it("holds another part of why a payment was declined: that alone is no conflict", () => {
    const { old, recent } = RENDERINGS["payment_intent.payment_failed"] ?? { old: {}, recent: {} };
    const [first, other] = [itemOf(old), itemOf(recent)];
    expect([first, other].map(({ event }) => event.declineCode)).toEqual(["highest_risk_level", "generic_decline"]);
    expect(acceptBoth(first, other)[1]).toBe("duplicate");
    expect(acceptBoth(other, first)[1]).toBe("duplicate");
  });

  it("in our own shape is written by its sender: another reason is another event", () => {
    const own = { id: "api:e-1", declineCode: "fraudulent" };
    expect(second(["keyed", own], ["keyed", { ...own, declineCode: "insufficient_funds" }])).toBe("conflict");
  });
});
