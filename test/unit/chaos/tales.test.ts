import { describe, expect, it } from "vitest";
import { request } from "../../../simulators/day/day.ts";
import type { LoggedRequest } from "../../../simulators/stripe/request-log.ts";
import { askedIn } from "../../chaos/asked.ts";
import { chaosDay } from "../../chaos/day.ts";
import { holdsOfTales } from "../../chaos/holds.ts";
import { createKeeper } from "../../chaos/keeper.ts";
import { createPeople, keptBack } from "../../chaos/people.ts";
import { rowOf } from "../../chaos/planted.ts";
import { createRequestCollector } from "../../chaos/request-collector.ts";
import { type ControlCall, type Deed, type Tale, tellTales } from "../../chaos/tales/index.ts";
import { PLANTS, waitingForPlants } from "../../chaos/tales/planted.ts";
import { view } from "../../helpers/chaos-evidence.ts";

const told = tellTales(7, 0, 10_000);

describe("the tales of a run", () => {
  it("are at least thirty of each kind in a stream of 10,000, and one of each in a short one", () => {
    const counts = Map.groupBy([...told.tales, ...told.plants], ({ kind }) => kind);
    expect([...counts.values()].every((group) => group.length >= 30)).toBe(true);
    const few = tellTales(7, 0, 220);
    expect(new Set(few.tales.map(({ kind }) => kind)).size).toBe(few.tales.length);
    expect(few.plants.map(({ plant }) => plant)).toEqual(PLANTS);
  });

  it("are the same again for the same seed, and take a tenth of the stream at most", () => {
    expect(tellTales(7, 0, 10_000)).toEqual(told);
    expect(tellTales(8, 0, 10_000)).not.toEqual(told);
    expect([...told.tales, ...told.plants].flatMap(({ items }) => items).length).toBeLessThan(1_000);
  });

  it("name no payment of the day, nor one of another tale", () => {
    const day = chaosDay({ events: 1_000, seed: 4, hostile: false });
    const payments = [...day.tales, ...day.plants].map(({ payment }) => payment);
    expect(new Set(payments).size).toBe(payments.length);
    const others = askedIn(day).map(({ payment }) => payment);
    expect(others.filter((payment) => payments.includes(payment))).toEqual([]);
    expect(others.length).toBeGreaterThan(50);
    expect(chaosDay({ events: 400, seed: 4, hostile: true })).toMatchObject({ tales: [], plants: [], asked: [] });
  });

  it("call honest only what nothing is done to, or what leaves it as it was", () => {
    for (const { isHonest, deeds, kind } of told.tales) {
      const isLeft = deeds.every(({ what, amountMinor }) => what === "refunded" && (amountMinor ?? 0) < 2_500);
      if (isHonest) expect(isLeft, kind).toBe(true);
    }
    expect(told.tales.filter(({ isHonest }) => isHonest).length).toBeGreaterThan(100);
  });

  it("put on hold what is refunded by hand on hold, and ask for it meanwhile", () => {
    const holds = holdsOfTales(7, told.tales, 10_000);
    expect(holds.length).toBeGreaterThanOrEqual(30);
    for (const { scope, asks, refunds } of holds) {
      expect(scope).toBe(`payment:${refunds[0]?.payment}`);
      expect(asks).toHaveLength(1);
    }
  });
});

describe("people at the provider", () => {
  const item = request({ message: "Refund pi_1" });
  const deed = (when: Deed["when"], calls: ControlCall[] = [{ path: "refunds", body: {} }]): Deed => ({
    what: "refunded",
    how: "by hand",
    payment: "pi_1",
    seenIn: [],
    amountMinor: 10,
    calls,
    when,
  });
  const taleOf = (...deeds: Deed[]): Tale => ({ ...(told.tales[0] as Tale), items: [item], deeds });

  function meet(tale: Tale, answers: ({ id?: string } | null)[]) {
    const acted: string[] = [];
    const keeper = createKeeper(keptBack([tale]));
    const act = async ({ path }: ControlCall) => {
      acted.push(path);
      return answers.shift() ?? null;
    };
    return { acted, keeper, people: createPeople([tale], () => 5, { act }, keeper) };
  }

  it("act before the question is sent, which is kept back until then", async () => {
    const { acted, keeper, people } = meet(taleOf(deed("before")), [{ id: "re_1" }]);
    await people.look(4, 0);
    expect([acted.length, keeper.keeps([item]), people.isIdle()]).toEqual([0, true, false]);
    await people.look(5, 0);
    expect([acted.length, keeper.keeps([item]), people.isIdle()]).toEqual([1, false, true]);
    expect(people.done().refunds).toMatchObject([{ id: "re_1", payment: "pi_1", amountMinor: 10 }]);
  });

  it("act so long after the question was taken, and once", async () => {
    const { acted, keeper, people } = meet(taleOf(deed({ afterMs: 100 })), [{ id: "re_1" }]);
    await people.look(9, 0);
    keeper.note([item]);
    for (const now of [1_000, 1_099]) await people.look(9, now);
    expect(acted).toHaveLength(0);
    for (const now of [1_100, 1_200]) await people.look(9, now);
    expect(acted).toHaveLength(1);
  });

  it("leave to the dashboard what is done on hold, and tell of nothing that the provider refused", async () => {
    const onHold = meet(taleOf(deed("on_hold")), []);
    expect(onHold.people.isIdle()).toBe(true);
    const calls = [
      { path: "emit", body: {} },
      { path: "emit", body: {} },
    ];
    const { acted, people } = meet(taleOf(deed("before", calls)), [{}, null]);
    await people.look(9, 0);
    expect([acted.length, people.done(), people.refused()]).toEqual([2, { refunds: [], others: [] }, 1]);
  });
});

describe("what is planted", () => {
  const of = (plant: string) => told.plants.find((one) => one.plant === plant);

  it("is about a payment of which nothing is asked, but for the one whose grant is taken", () => {
    for (const one of told.plants)
      expect(one.sum === "nothing", one.kind).toBe(one.plant !== "other_amount" && one.plant !== "step_2_granted");
  });

  it("looks like a row of ours, and has another amount where it carries the grant of its like", async () => {
    const own = of("no_grant");
    const step = of("as_step_2");
    const other = of("other_amount");
    if (own === undefined || step === undefined || other === undefined) throw new Error("there is one of each");
    expect(await rowOf(own, null)).toMatchObject({ kind: "refund", payment: own.payment, step: 1 });
    expect(await rowOf(step, null)).toMatchObject({ kind: "retryPayment", invoice: step.subject.invoice, step: 2 });
    const donor = view();
    const row = await rowOf(other, donor);
    expect(row).toMatchObject({ payment: "pi_1", amountMinor: 4_249 });
    expect(row.id).not.toBe(donor.action.id);
    const first = of("step_2_granted");
    if (first === undefined) throw new Error("there is one of each");
    expect(await rowOf(first, donor)).toEqual({ ...donor.action, step: 2, id: expect.not.stringMatching(/^act_1$/) });
  });

  it("is a decision before the event that it is about has come", () => {
    expect(waitingForPlants(told.plants)).toEqual(
      told.plants.filter(({ plant }) => plant === "fact_no_grant").flatMap(({ items }) => items),
    );
  });
});

describe("the log of a stand-in that is killed", () => {
  it("is kept across its processes, each of which counts from the beginning", async () => {
    const one = (sequence: number) => ({ sequence }) as LoggedRequest;
    let log = [one(1), one(2)];
    const collector = createRequestCollector(async (since) => log.filter(({ sequence }) => sequence > since));
    await collector.collect();
    await collector.collect();
    log.push(one(3));
    await collector.collect();
    collector.begin();
    log = [one(1)];
    await collector.collect();
    expect(collector.all().map(({ sequence }) => sequence)).toEqual([1, 2, 3, 1]);
  });
});
