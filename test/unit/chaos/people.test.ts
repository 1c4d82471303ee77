import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { GATE_ANSWER_MS } from "../../../shared/contracts/gate.ts";
import type { StreamItem } from "../../../simulators/day/index.ts";
import { askAgain } from "../../chaos/again.ts";
import { createBank, planBankFailures } from "../../chaos/bank.ts";
import { type Conflict, conflictPairs, sentConflict } from "../../chaos/conflicts.ts";
import { createDashboard, planRefunds } from "../../chaos/dashboard.ts";
import { chaosDay } from "../../chaos/day.ts";
import { fewest, unit } from "../../chaos/dice.ts";
import { carryOutHolds, GRACE_MS, planHolds } from "../../chaos/holds.ts";
import { createKeeper } from "../../chaos/keeper.ts";
import { planKills, planOutages } from "../../chaos/plan.ts";
import { createKeyRing } from "../../chaos/rotation.ts";
import { sendAll } from "../../chaos/sender.ts";
import { subjectsIn } from "../../chaos/subjects.ts";
import type { Doors } from "../../chaos/victims.ts";
import { books, capture, refund } from "../../helpers/chaos-evidence.ts";

const day = chaosDay({ events: 1_000, seed: 4, hostile: false });
const subjects = subjectsIn(day);
const items = day.stream.length;

describe("what the stream asks something about", () => {
  it("is each payment once, at the first place that names it, with who paid it and how much", () => {
    expect(subjects.length).toBeGreaterThan(100);
    expect(new Set(subjects.map(({ payment }) => payment)).size).toBe(subjects.length);
    for (const { payment, customer, amountMinor } of subjects) {
      const intent = day.objects.find(({ id }) => id === payment);
      expect(intent).toMatchObject({ object: "payment_intent", customer, amount: amountMinor });
    }
    const asked = subjects.filter(({ isRequest }) => isRequest);
    expect(asked.length).toBeGreaterThan(40);
    for (const { at } of asked) expect(day.stream[at]?.label).toBe("request");
  });
});

describe("the smallest draws", () => {
  it("choose the same items however many others there are, in their own order", () => {
    const letters = [..."abcdefghij"];
    const drawOf = (letter: string) => unit(1, letter);
    const chosen = fewest(letters, 3, drawOf);
    expect(chosen).toHaveLength(3);
    expect([...chosen].sort()).toEqual(chosen);
    expect(fewest(chosen, 3, drawOf)).toEqual(chosen);
    expect(fewest([], 3, drawOf)).toEqual([]);
  });
});

describe("planned holds", () => {
  const planned = planHolds(4, subjects, items);

  it("are one of everything, and some of a payment or a customer; the same again for the same seed alone", () => {
    const kinds = planned.map(({ scope }) => scope.split(":")[0]);
    expect(kinds.filter((kind) => kind === "all")).toHaveLength(1);
    expect(new Set(kinds)).toEqual(new Set(["all", "payment", "customer"]));
    expect(planHolds(4, subjects, items)).toEqual(planned);
    expect(planHolds(5, subjects, items)).not.toEqual(planned);
  });

  it("have refunds by hand that no longer leave room for what was asked for, where a refund was asked for", () => {
    const refunds = planned.flatMap((one) => one.refunds);
    expect(refunds.length).toBeGreaterThanOrEqual(2);
    for (const { payment, amountMinor } of refunds) {
      const subject = subjects.find((one) => one.payment === payment);
      expect([subject?.isRequest, 2 * amountMinor > (subject?.amountMinor ?? 0)]).toEqual([true, true]);
    }
  });

  it("begin early in the stream, and each has something of its own to stop", () => {
    const asks = planned.flatMap((one) => one.asks);
    expect(new Set(asks).size).toBe(asks.length);
    for (const { scope, fromItem, asks } of planned) {
      expect(fromItem).toBeLessThan(items / 2);
      const name = scope.slice(scope.indexOf(":") + 1);
      const subject = subjects.find(({ payment, customer }) => payment === name || customer === name);
      expect(scope === "all" ? asks.length >= 4 : asks).toEqual(scope === "all" ? true : subject?.items);
    }
  });

  it("stand for longer than the gate's answer is good for before what they have to stop is sent, then are lifted", async () => {
    let traces = 0;
    const seen: string[] = [];
    const server = createServer((request, response) => {
      if (request.url === "/api/trace/api%3A1") {
        const action = { held: ++traces < 3 ? null : { scope: "all" } };
        response.writeHead(200).end(JSON.stringify({ terminal: false, action }));
        return;
      }
      seen.push(`${request.url} ${request.headers.authorization}`);
      // The first try at each path fails.
      const isFirst = seen.filter((one) => one === seen.at(-1)).length === 1;
      const held = { result: "held", hold: { scope: "all", at: 7, reason: "", by: "person" } };
      const lifted = { result: "lifted", lift: { hold: held.hold, at: 8, reason: null }, woken: 5 };
      const value = isFirst ? {} : request.url === "/api/holds" ? held : lifted;
      response.writeHead(isFirst ? 503 : 200, { "content-type": "application/json" }).end(JSON.stringify(value));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const doors = { consoleUrl: `http://127.0.0.1:${port}`, keys: { CONSOLE_TOKEN: "t" } } as Doors;
    const asks = day.stream.slice(0, 2);
    const keeper = createKeeper(asks);
    let looks = 0;
    let sent = 0;
    const asked: string[] = [];
    let releasedAtMs = 0;
    // A sender that sends what it may.
    const sending = setInterval(() => {
      if (keeper.keeps(asks)) return;
      releasedAtMs ||= Date.now();
      keeper.note(asks, () => "api:1");
    }, 20);
    const carrying = {
      // Dead at first.
      doors: () => (++looks < 3 ? null : doors),
      sent: () => sent++,
      keeper,
      dashboard: { ask: () => void asked.push("asked"), areMade: () => asked.length > 0 },
      signal: AbortSignal.timeout(30_000),
    };
    const told = await carryOutHolds([{ scope: "all", fromItem: 5, asks, refunds: [] }], carrying, {
      graceMs: 400,
      standsMs: 300,
      unmetMaxMs: 20_000,
    });
    clearInterval(sending);
    server.close();
    expect(seen).toEqual(
      ["/api/holds", "/api/holds", "/api/holds/lift", "/api/holds/lift"].map((p) => `${p} Bearer t`),
    );
    expect(asked).toEqual(["asked"]);
    // Lifted once something had met the hold.
    expect(traces).toBe(3);
    expect(told).toMatchObject([{ scope: "all", at: 7, woken: 5 }]);
    const [{ answeredAtMs = 0, liftSentAtMs = 0 } = {}] = told;
    expect(releasedAtMs - answeredAtMs).toBeGreaterThanOrEqual(390);
    expect(liftSentAtMs - releasedAtMs).toBeGreaterThanOrEqual(290);
    expect(GRACE_MS).toBeGreaterThan(GATE_ANSWER_MS);
  });
});

describe("refunds past us", () => {
  const planned = planRefunds(4, subjects, items);

  it("are of payments whose refund the stream asks for too, some before and some after it does, of a part and of all", () => {
    const bySubject = planned.map((one) => ({
      ...one,
      subject: subjects.find(({ payment }) => payment === one.payment),
    }));
    for (const { subject, amountMinor } of bySubject) {
      expect(subject?.isRequest).toBe(true);
      expect(amountMinor).toBeLessThanOrEqual(subject?.amountMinor ?? 0);
    }
    const after = bySubject.filter(({ atItem, subject }) => atItem > (subject?.at ?? 0)).length;
    expect([after > 0, after < planned.length]).toEqual([true, true]);
    const whole = bySubject.filter(({ amountMinor, subject }) => amountMinor === subject?.amountMinor).length;
    expect([whole > 0, whole < planned.length]).toEqual([true, true]);
    expect(planRefunds(4, subjects, items)).toEqual(planned);
  });

  it("are made once, when the stream is there, and the provider's no is counted", async () => {
    const asked: string[] = [];
    const dashboard = createDashboard(
      [
        { payment: "pi_1", amountMinor: 10, atItem: 5 },
        { payment: "pi_2", amountMinor: 20, atItem: 8 },
      ],
      {
        refundByHand: async (payment) => {
          asked.push(payment);
          return payment === "pi_1" ? "re_1" : null;
        },
      },
    );
    for (const sent of [4, 5, 6, 9, 10]) await dashboard.look(sent);
    const onHold = [{ payment: "pi_3", amountMinor: 30 }];
    dashboard.ask(onHold);
    expect(dashboard.areMade(onHold)).toBe(false);
    await dashboard.look(11);
    expect(dashboard.areMade(onHold)).toBe(true);
    expect(asked).toEqual(["pi_1", "pi_2", "pi_3"]);
    expect(dashboard.made()).toMatchObject([{ id: "re_1", payment: "pi_1", amountMinor: 10 }]);
    expect(dashboard.refused()).toBe(2);
  });
});

describe("events with two contents", () => {
  it("come under one id, the second later in the stream, about a payment that nothing else tells of", () => {
    expect(day.conflicts.length).toBeGreaterThanOrEqual(4);
    for (const { id, sides } of day.conflicts) {
      const places = [...day.stream.entries()].filter(([, { body }]) =>
        body.includes(`"${id.replace("stripe:", "")}"`),
      );
      expect(places.map(([, { isCopy }]) => isCopy)).toEqual([false, false]);
      const [first, second] = places.map(([, { body }]) => body);
      for (const [body, { payment, invoice }] of [
        [first, sides[0]],
        [second, sides[1]],
      ] as const)
        expect([payment, invoice].some((name) => name !== null && body?.includes(`"${name}"`))).toBe(true);
      for (const { payment, invoice } of sides) {
        const naming = day.stream.filter(({ body }) => [payment, invoice].some((n) => n !== null && body.includes(n)));
        expect(naming).toHaveLength(1);
      }
    }
  });

  it("ask for a renewal to be tried again, and for a held payment to be captured", () => {
    const types = conflictPairs(1, 0, 2).map(
      ({
        conflict: {
          items: [{ label }],
        },
      }) => label,
    );
    expect(types).toEqual(["invoice.payment_failed", "payment_intent.amount_capturable_updated"]);
  });
});

describe("the order of two contents", () => {
  const [first, second, other] = ["first", "second", "other"].map((body) => ({
    door: "requests" as const,
    body,
    label: "",
    isCopy: false,
    isGarbage: false,
  })) as [StreamItem, StreamItem, StreamItem];
  const conflict = { id: "stripe:evt_1", sides: day.conflicts[0]?.sides, items: [first, second] } as Conflict;

  it("keeps the second back until the first was answered, and lets all others by", () => {
    const keeper = createKeeper([], [[first, second]]);
    expect([keeper.keeps([second]), keeper.keeps([first]), keeper.keeps([other])]).toEqual([true, false, false]);
    expect(keeper.keeps([other, second])).toBe(true);
    keeper.note([first]);
    expect([keeper.keeps([second]), keeper.isUrgent([second])]).toEqual([false, false]);
  });

  it("sends the second only after the first was answered 2xx, though its first answers are lost", async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        seen.push(body);
        const isLost = body === "first" && seen.filter((one) => one === "first").length < 3;
        if (isLost) return void response.destroy();
        const receipt = { accepted: 1, duplicates: 0, conflicts: 0, rejected: { count: 0, lines: [] }, id: body };
        response.writeHead(202, { "content-type": "application/json" }).end(JSON.stringify(receipt));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const doors = { ingestUrl: `http://127.0.0.1:${port}`, keys: { INGEST_KEY: "k", STRIPE_WEBHOOK_SECRET: "s" } };
    const sent = await sendAll([first, second, other], {
      doors: () => doors as Doors,
      limit: () => Number.POSITIVE_INFINITY,
      onSent: () => undefined,
      keeper: createKeeper([], [[first, second]]),
      files: new Map(),
      signal: AbortSignal.timeout(30_000),
    });
    server.closeAllConnections();
    server.close();
    expect(seen.filter((one) => one !== "other")).toEqual(["first", "first", "first", "second"]);
    expect(sentConflict(conflict, sent.deliveries)).toMatchObject({ isInOrder: true, isSecondTaken: true });
  });

  it("is not known where the second was on its way before the first was answered, or the first never was", () => {
    const orderOf = (firstTakenAt: number | null, secondTakenAt: number | null) => {
      const deliveries = new Map([
        [first, { begunAt: 0, takenAt: firstTakenAt, event: null }],
        [second, { begunAt: 5, takenAt: secondTakenAt, event: null }],
      ]);
      const { isInOrder, isSecondTaken } = sentConflict(conflict, deliveries);
      return [isInOrder, isSecondTaken];
    };
    expect(orderOf(4, 9)).toEqual([true, true]);
    expect(orderOf(6, 9)).toEqual([false, true]);
    expect(orderOf(null, 9)).toEqual([false, true]);
    expect(orderOf(4, null)).toEqual([true, false]);
    expect(sentConflict(conflict, new Map())).toMatchObject({ isInOrder: false, isSecondTaken: false });
  });
});

describe("refunds that the bank fails later", () => {
  const planned = planBankFailures(4, subjects);

  it("are of payments whose refund the stream asks for, some at once and some later, the same for the same seed alone", () => {
    expect(planned.length).toBeGreaterThanOrEqual(10);
    const asked = new Set(subjects.flatMap(({ payment, isRequest }) => (isRequest ? [payment] : [])));
    expect(planned.filter(({ payment }) => !asked.has(payment))).toEqual([]);
    const atOnce = planned.filter(({ afterMs }) => afterMs === 0).length;
    expect([atOnce > 0, atOnce < planned.length]).toEqual([true, true]);
    expect(planBankFailures(4, subjects)).toEqual(planned);
    expect(planBankFailures(5, subjects)).not.toEqual(planned);
  });

  it("are each failed once, when their time has come, and only the first of a payment that is ours and stands", async () => {
    const standing = [
      refund("re_hand", { metadata: {} }),
      refund("re_failed", { status: "failed" }),
      refund("re_released", { released: true }),
      refund("re_other", { paymentIntent: "pi_2" }),
      refund("re_1"),
    ];
    const failed: string[] = [];
    const bank = createBank([{ payment: "pi_1", afterMs: 1_000 }], {
      refunds: async () => standing,
      failRefund: async (id) => void failed.push(id),
    });
    expect([bank.isIdle(), bank.isWaiting()]).toEqual([true, true]);
    await bank.look(0);
    expect([failed, bank.isIdle(), bank.isWaiting()]).toEqual([[], false, false]);
    standing.push(refund("re_2"));
    for (const nowMs of [999, 1_000, 1_500, 9_000]) await bank.look(nowMs);
    expect(failed).toEqual(["re_1"]);
    expect(bank.made()).toEqual([{ refund: "re_1", action: "act_1", payment: "pi_1" }]);
    expect(bank.isIdle()).toBe(true);
  });

  it("are asked for again without an amount, where anything is left", async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        bodies.push(body);
        response.writeHead(202, { "content-type": "application/json" }).end(JSON.stringify({ id: "request:9" }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const doors = { ingestUrl: `http://127.0.0.1:${port}`, keys: { INGEST_KEY: "k" } } as Doors;
    const failures = ["pi_1", "pi_2"].map((payment, nth) => ({ refund: `re_${nth}`, action: `act_${nth}`, payment }));
    const held = books({
      captures: [capture("ch_1"), capture("ch_2", { paymentIntent: "pi_2" })],
      refunds: [
        refund("re_0", { status: "failed" }),
        refund("re_5", { amountMinor: 1_000, metadata: {} }),
        refund("re_6", { paymentIntent: "pi_2" }),
      ],
    });
    const asked = await askAgain(failures, doors, { books: async () => held });
    server.closeAllConnections();
    server.close();
    expect(asked).toEqual([{ failure: failures[0], event: "request:9", roomMinor: 3_250 }]);
    expect(bodies).toHaveLength(1);
    expect(JSON.parse(bodies[0] ?? "")).toEqual({ message: expect.not.stringMatching(/\d/), payment: "pi_1" });
  });
});

describe("the keys of a run", () => {
  const kids = (ring: ReturnType<typeof createKeyRing>) => {
    const { GRANT_SIGNING_KEY = "", GRANT_PUBLIC_KEYS = "" } = ring.keys();
    return {
      signing: (JSON.parse(GRANT_SIGNING_KEY) as { kid: string }).kid,
      known: JSON.parse(GRANT_PUBLIC_KEYS) as { kid: string; retired?: true; revoked?: true }[],
    };
  };

  it("turn: a new one signs and the old one stays valid; then the old one is revoked, later ones retired, and all stay known", () => {
    const ring = createKeyRing();
    const first = kids(ring).signing;
    expect(ring.turn()).toBe("key_rotated");
    const second = kids(ring);
    expect(second.signing).not.toBe(first);
    expect(second.known.map(({ kid, retired, revoked }) => [kid, retired, revoked])).toEqual([
      [second.signing, undefined, undefined],
      [first, undefined, undefined],
    ]);
    expect(ring.turn()).toBe("key_revoked");
    for (const expected of ["key_rotated", "key_retired"]) expect(ring.turn()).toBe(expected);
    const last = kids(ring);
    expect(last.known.map(({ kid, retired, revoked }) => [kid, retired, revoked])).toEqual([
      [last.signing, undefined, undefined],
      [second.signing, true, undefined],
      [first, undefined, true],
    ]);
    for (const expected of ["key_rotated", "key_retired", "key_rotated", "key_retired"])
      expect(ring.turn()).toBe(expected);
  });

  it("are revoked and retired from when the first stack that knows it is up", () => {
    const ring = createKeyRing();
    const first = kids(ring).signing;
    ring.isUp(1);
    ring.turn();
    const second = kids(ring).signing;
    ring.isUp(2);
    ring.turn();
    ring.isUp(3);
    ring.isUp(4);
    expect([ring.revoked(), ring.retired()]).toEqual([[{ kid: first, atMs: 3 }], []]);
    for (const atMs of [5, 6]) {
      ring.turn();
      ring.isUp(atMs);
    }
    ring.isUp(7);
    expect([ring.revoked(), ring.retired()]).toEqual([[{ kid: first, atMs: 3 }], [{ kid: second, atMs: 6 }]]);
  });
});

describe("other kills", () => {
  it("meet at least one start and each stand-in where anything is killed, more with more kills, and nothing without", () => {
    for (const seed of [1, 2, 3]) {
      expect(planKills(seed, 3, 200).some(({ boot }) => boot !== null)).toBe(true);
      expect(new Set(planOutages(seed, 3, 200).map(({ who }) => who))).toEqual(new Set(["stripe", "claude"]));
    }
    expect(planOutages(1, 20, 200).length).toBeGreaterThan(4);
    expect(planOutages(1, 0, 200)).toEqual([]);
    const places = planOutages(1, 20, 200).map(({ atItem }) => atItem);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});
