import { describe, expect, it } from "vitest";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import type { Matters } from "../../../shared/contracts/provider.ts";
import { newAction, refundAction } from "../../helpers/ledger.ts";
import { AT, adyenEvent, disputeObject, openMatters, stripeEvent } from "../../helpers/matters.ts";

const HOUR_MS = 3_600_000;
const DUE_AT = AT + 200 * HOUR_MS;

const read = (changes: Partial<Matters["dispute"]> = {}): Matters["dispute"] => ({
  status: "open",
  word: "needs_response",
  reason: "fraudulent",
  amountMinor: 4_250,
  currency: "usd",
  dueAt: DUE_AT,
  isAwaited: true,
  refunds: [],
  ...changes,
});
const OVER = { isAwaited: false } as const;
const WON = read({ status: "won", word: "won", ...OVER });
const LOST = read({ status: "lost", word: "lost", ...OVER });

const told = (name: string, status: string, hour: number) =>
  stripeEvent(name, `charge.dispute.${name}`, disputeObject({ status }), {}, hour);
const created = told("created", "needs_response", 0);
const withdrawn = told("funds_withdrawn", "needs_response", 0);
const updated = told("updated", "under_review", 1);
const closed = (status: string) => told("closed", status, 2);
const COURSE = (end: string) => [created, withdrawn, updated, closed(end)];

/** All orders in which these can come. */
const ordersOf = <T>(list: T[]): T[][] =>
  list.length < 2 ? [list] : list.flatMap((one, n) => ordersOf(list.toSpliced(n, 1)).map((rest) => [one, ...rest]));

describe("a dispute that is read at the provider", () => {
  it("is one case from the first event of it that is seen, whichever it is, and shows what was read", async () => {
    for (const first of COURSE("needs_response")) {
      const { memory, tell, cases } = await openMatters();
      memory.putMatter("dispute", "du_1", read());
      await tell(first);
      expect(cases(), first.type).toMatchObject([
        { state: "open", status: "needs_response", dueAt: DUE_AT, subject: "pi_1", closedAt: null },
      ]);
      expect(cases()[0]?.reason).toBe(
        "a dispute (du_1) of pi_1: needs_response, fraudulent, 42.50 USD; nothing can be done from here: answer it in Stripe's dashboard before 2026-10-31 16:00 UTC. Nothing of the payment was refunded before.",
      );
    }
  });

  it("follows its course in one case: won closes it, lost leaves it open until a person closes it", async () => {
    for (const [end, state] of [
      [WON, "closed"],
      [read({ status: "inquiry_closed", word: "warning_closed", ...OVER }), "closed"],
      [LOST, "open"],
    ] as const) {
      const { memory, tell, cases, endOf } = await openMatters();
      memory.putMatter("dispute", "du_1", read());
      await tell(created, withdrawn);
      memory.putMatter("dispute", "du_1", read({ word: "under_review", ...OVER }));
      await tell(updated);
      expect(cases()).toMatchObject([{ state: "open", status: "under_review", dueAt: null }]);
      memory.putMatter("dispute", "du_1", end);
      await tell(closed(end.word));
      expect(cases()).toMatchObject([{ state, status: end.word, reason: expect.stringContaining(end.word) }]);
      expect((await endOf(created.id)).state).toBe(state === "closed" ? "case_closed" : "case_open");
      expect(await endOf(updated.id)).toEqual({
        state: "none",
        reason: expect.stringMatching(/^same fact as stripe:evt_created, decided as act_/),
      });
    }
  });

  it("ends the same in every order of its events, each read as the provider has it by then", async () => {
    for (const order of ordersOf(COURSE("lost"))) {
      const { memory, tell, cases } = await openMatters();
      memory.putMatter("dispute", "du_1", LOST);
      await tell(...order);
      expect(cases()).toMatchObject([{ state: "open", status: "lost" }]);
    }
  });

  it("that is won before anything of it was seen is recorded with its reason and no case, in every order", async () => {
    for (const order of ordersOf(COURSE("won"))) {
      const { memory, tell, cases, endOf } = await openMatters();
      memory.putMatter("dispute", "du_1", WON);
      await tell(...order);
      expect(cases()).toEqual([]);
      for (const { id } of order)
        expect(await endOf(id)).toEqual({
          state: "none",
          reason: expect.stringContaining("won, fraudulent, 42.50 USD; nothing is left to do"),
        });
    }
  });

  it("that was won and is lost after all is judged again, since nothing was recorded for it", async () => {
    const { memory, tell, cases } = await openMatters();
    memory.putMatter("dispute", "du_1", WON);
    await tell(closed("won"));
    memory.putMatter("dispute", "du_1", LOST);
    await tell(updated);
    expect(cases()).toMatchObject([{ state: "open", status: "lost" }]);
  });

  it("that is closed and turns again opens its case again, in the next version", async () => {
    const { memory, tell, cases, caseOf, trace } = await openMatters();
    memory.putMatter("dispute", "du_1", read());
    await tell(created);
    memory.putMatter("dispute", "du_1", WON);
    await tell(closed("won"));
    memory.putMatter("dispute", "du_1", LOST);
    await tell(updated);
    expect(cases()).toMatchObject([{ state: "open", status: "lost", closedAt: null }]);
    const { action } = await trace(created.id);
    expect(await caseOf(action?.action.id ?? "")).toMatchObject({ version: 3 });
  });

  it.each([
    ["0, which means that the bank allows no answer", 0, "it cannot be answered: the bank does not allow it"],
    ["past", AT, "it cannot be answered any more: its time ended at 2026-10-23 08:00 UTC"],
    ["not said", null, "until when is not said"],
  ])("says what a deadline that is %s means", async (_what, dueAt, says) => {
    const { memory, tell, cases } = await openMatters();
    memory.putMatter("dispute", "du_1", read({ dueAt }));
    await tell(created);
    expect(cases()).toMatchObject([{ dueAt, reason: expect.stringContaining(says) }]);
  });

  it.each([["9000000000"], [9e12], [-1], [null]])("says that a deadline of %j is not said", async (due_by) => {
    const { tell, cases } = await openMatters();
    await tell(stripeEvent("created", "charge.dispute.created", disputeObject({ evidence_details: { due_by } })));
    expect(cases()).toMatchObject([{ dueAt: null, reason: expect.stringContaining("until when is not said") }]);
  });

  it("shows what was refunded before, by whom, when and how much", async () => {
    const { memory, tell, cases } = await openMatters();
    const refund = { currency: "usd", isRelease: false, failureReason: null, createdAt: AT } as const;
    const refunds = [
      { ...refund, id: "re_1", amountMinor: 1_000, status: "succeeded", actionId: "act_ours" },
      { ...refund, id: "re_2", amountMinor: 500, status: "pending", actionId: null },
      { ...refund, id: "re_3", amountMinor: 700, status: "failed", actionId: null },
    ] as const;
    memory.putMatter("dispute", "du_1", read({ refunds: [...refunds] }));
    await tell(created);
    expect(cases()[0]?.reason).toContain(
      "Refunded before: 10.00 USD on 2026-10-23 (re_1, act_ours); 5.00 USD on 2026-10-23 (re_2, pending).",
    );
  });

  it("with a status that nobody knows is a person's, and says so", async () => {
    const { memory, tell, cases } = await openMatters();
    memory.putMatter("dispute", "du_1", read({ status: "other", word: "something_new", ...OVER }));
    await tell(created);
    expect(cases()).toMatchObject([
      { state: "open", status: "something_new", reason: expect.stringContaining("is not known here") },
    ]);
  });

  it("that our own call caused, or that carries an id of ours, is no echo", async () => {
    const { memory, tell, cases } = await openMatters();
    memory.putMatter("dispute", "du_1", read());
    await tell({ ...created, actionId: `act_${"a".repeat(32)}` });
    expect(cases().length).toBe(1);
  });

  it("is told once to a case, when two of its events are judged at the same time", async () => {
    const { memory, decide, escalate, cases, clock } = await openMatters();
    memory.putMatter("dispute", "du_1", read());
    clock.now += 1_000;
    await decide(...COURSE("needs_response"));
    await escalate();
    expect(cases()).toMatchObject([{ state: "open", status: "needs_response" }]);
  });
});

it("a dispute that is over by the time of one read tells the case that another event has opened meanwhile", async () => {
  const { memory, deps, ledger, tell, cases, endOf } = await openMatters();
  memory.putMatter("dispute", "du_1", read());
  await tell(created);
  memory.putMatter("dispute", "du_1", WON);
  let isFirst = true;
  // What the batch knows when it begins is older than the case.
  deps.ledger = {
    ...ledger,
    decisionsOf: async (keys) => {
      const found = await ledger.decisionsOf(keys);
      const known = isFirst ? found.map(() => null) : found;
      isFirst = false;
      return known;
    },
  };
  await tell(closed("won"));
  expect(cases()).toMatchObject([{ state: "closed", status: "won" }]);
  expect((await endOf("stripe:evt_closed")).reason).toMatch(/^same fact as stripe:evt_created/);
});

it("a dispute that is over between the read and the case of one event, as another one has found, is closed", async () => {
  const { memory, deps, ledger, tell, decide, cases, endOf } = await openMatters();
  memory.putMatter("dispute", "du_1", read());
  let isFirst = true;
  deps.ledger = {
    ...ledger,
    recordDecisions: async (items) => {
      if (isFirst) {
        isFirst = false;
        memory.putMatter("dispute", "du_1", WON);
        await decide(closed("won"));
      }
      return await ledger.recordDecisions(items);
    },
  };
  await tell(created);
  expect((await endOf("stripe:evt_closed")).state).toBe("none");
  expect(cases()).toMatchObject([{ state: "closed", status: "won" }]);
});

describe("a dispute that cannot be read", () => {
  it.each([
    ["an outage that ends", "provider_unavailable", false],
    ["a refusal", "provider_refused", true],
    ["a key without the right to read it", "provider_unauthorized", true],
  ] as const)("because of %s", async (_what, reason, isTold) => {
    const { memory, decide, ring, escalate, cases, clock } = await openMatters();
    memory.putMatter("dispute", "du_1", read());
    const away = () => memory.failReads({ reason, detail: "as it is today" });
    away();
    await decide(created);
    for (let n = 0; n < 9 && isTold; n++) {
      clock.now += HOUR_MS;
      away();
      await ring(created.id);
    }
    clock.now += HOUR_MS;
    if (!isTold) await ring(created.id);
    await escalate();
    expect(cases().length).toBe(1);
    const unread = `Not read at Stripe (${reason}: as it is today): this is what the event says.`;
    expect(cases()[0]?.reason.includes(unread)).toBe(isTold);
    expect(cases()).toMatchObject([{ state: "open", status: "needs_response", dueAt: DUE_AT }]);
  });

  it("is what the newest event says, in every order", async () => {
    for (const [end, states] of [
      ["won", ["closed"]],
      ["lost", ["open"]],
      ["warning_closed", ["closed"]],
    ] as const) {
      for (const order of ordersOf(COURSE(end))) {
        const { tell, cases } = await openMatters();
        await tell(...order);
        expect(
          cases().map(({ state }) => state),
          `${order.map(({ type }) => type)}`,
        ).toEqual(states);
        expect(cases()).toMatchObject([
          { status: end, reason: expect.stringContaining("Stripe has no du_1 that can be read") },
        ]);
      }
    }
  });

  it("is what the newest event says, also when all come at once", async () => {
    for (const order of ordersOf(COURSE("won"))) {
      const { decide, escalate, cases, clock } = await openMatters();
      clock.now += 1_000;
      await decide(...order);
      await escalate();
      expect(cases()).toMatchObject([{ state: "closed", status: "won" }]);
    }
  });
});

describe("a dispute at Adyen, of which nothing is read", () => {
  const stages = (...codes: string[]): PaymentEvent[] => codes.map((code, hour) => adyenEvent(code, {}, hour));

  it.each([
    ["REQUEST_FOR_INFORMATION", "a request for information"],
    ["NOTIFICATION_OF_CHARGEBACK", "a chargeback that is announced"],
    ["CHARGEBACK", "a chargeback"],
    ["SECOND_CHARGEBACK", "a second chargeback, because the defense was refused"],
    ["PREARBITRATION_LOST", "a pre-arbitration that was lost"],
  ])("%s is a case that says that it is %s, not that an executor is missing", async (code, what) => {
    const { tell, cases } = await openMatters();
    await tell(adyenEvent(code));
    const [only, ...more] = cases();
    expect([only?.state, only?.subject, more]).toEqual(["open", "8835511210681324", []]);
    expect(only?.reason).toContain(`${what} (NQPX4BRQZ8DSGZR3) of 8835511210681324: `);
    expect(only?.reason).toContain("42.50 EUR");
    expect(only?.reason).not.toMatch(/executor/);
  });

  it.each([
    [{}, "before 2026-11-20 10:00 UTC"],
    [{ defensePeriodEndsAt: "2020-01-01T00:00:00Z" }, "before 2020-01-01 00:00 UTC"],
    [{ defendable: "false" }, "that it cannot be answered"],
  ])(
    "says until when it can be answered as the event does, which is not signed and decides nothing: %o",
    async (more, says) => {
      const { tell, cases } = await openMatters();
      const additionalData = { defensePeriodEndsAt: "2026-11-20T10:00:00Z", disputeStatus: "Won", ...more };
      await tell(adyenEvent("CHARGEBACK", { reason: "Fraud", additionalData }));
      const reason = expect.stringContaining(
        `answer it in Adyen's Customer Area; the event says ${says}, which is not signed`,
      );
      expect(cases()).toMatchObject([{ state: "open", status: "open", dueAt: null, reason }]);
      expect(cases()[0]?.reason).toContain("Won, Fraud");
    },
  );

  it("goes by its stages, whatever times the events say, which nobody signed", async () => {
    for (const hours of [
      [0, 1, 2],
      [2, 1, 0],
      [0, 900_000, 5],
    ] as const) {
      const { tell, cases } = await openMatters();
      const [first, reversed, second] = hours;
      await tell(adyenEvent("CHARGEBACK", {}, first), adyenEvent("CHARGEBACK_REVERSED", {}, reversed));
      expect(cases()).toMatchObject([{ state: "closed" }]);
      await tell(adyenEvent("SECOND_CHARGEBACK", {}, second));
      expect(cases()).toMatchObject([{ state: "open", reason: expect.stringContaining("a second chargeback") }]);
    }
  });

  it("is one case through its stages: reversed closes it, a second chargeback opens it again", async () => {
    const { tell, cases } = await openMatters();
    await tell(...stages("NOTIFICATION_OF_CHARGEBACK", "CHARGEBACK", "CHARGEBACK_REVERSED"));
    expect(cases().map(({ state }) => state)).toEqual(["closed"]);
    await tell(adyenEvent("SECOND_CHARGEBACK", {}, 3));
    expect(cases()).toMatchObject([{ state: "open", reason: expect.stringContaining("a second chargeback") }]);
  });

  it("ends the same in every order of its stages", async () => {
    for (const [codes, state] of [
      [["REQUEST_FOR_INFORMATION", "CHARGEBACK", "CHARGEBACK_REVERSED"], "closed"],
      [["CHARGEBACK", "CHARGEBACK_REVERSED", "SECOND_CHARGEBACK"], "open"],
      [["CHARGEBACK", "SECOND_CHARGEBACK", "PREARBITRATION_WON"], "closed"],
    ] as const) {
      for (const order of ordersOf(stages(...codes))) {
        const { tell, cases } = await openMatters();
        await tell(...order);
        expect(
          cases().map((one) => one.state),
          `${order.map(({ type }) => type)}`,
        ).toEqual([state]);
      }
    }
  });

  it("shows the refunds of ours, which our own rows know", async () => {
    const { ledger, tell, cases } = await openMatters();
    const action = refundAction(1, { subject: "8835511210681324", payment: "8835511210681324", currency: "eur" });
    const ref = { id: action.id, subject: action.subject };
    await ledger.putActions([newAction(action)]);
    const [begun] = await ledger.begin([ref]);
    if (begun?.kind !== "granted") throw new Error("not granted");
    const outcome = { kind: "succeeded", providerObject: "re_ours", amountMinor: 4_250, note: "" } as const;
    await ledger.settle([{ ref, fence: begun.fence, outcome }]);
    await tell(adyenEvent("CHARGEBACK"));
    expect(cases()[0]?.reason).toContain(`Refunded before: 42.50 EUR on 2026-10-23 (re_ours, ${action.id}).`);
  });

  it.each([
    ["pending", { kind: "pending", providerObject: "re_ours", amountMinor: 4_250, note: "", checkAfterMs: 1_000 }],
    ["unknown", { kind: "unknown", note: "", evidence: { readNoEffectAt: null, storedErrorAt: null } }],
    ["not sent", null],
  ] as const)("does not call a refund of ours done, or none at all, while it is %s", async (what, outcome) => {
    const { ledger, tell, cases } = await openMatters();
    const action = refundAction(1, { subject: "8835511210681324", payment: "8835511210681324", currency: "eur" });
    const ref = { id: action.id, subject: action.subject };
    await ledger.putActions([newAction(action)]);
    if (outcome !== null) {
      const [begun] = await ledger.begin([ref]);
      if (begun?.kind !== "granted") throw new Error("not granted");
      await ledger.settle([{ ref, fence: begun.fence, outcome }]);
    }
    await tell(adyenEvent("CHARGEBACK"));
    expect(cases()[0]?.reason).toContain(
      what === "pending" ? `(re_ours, ${action.id}, pending).` : `Of ours, not known to be done: ${action.id}.`,
    );
  });
});
