import { describe, expect, it } from "vitest";
import { shardOf } from "../../../shared/core/ids.ts";
import { MATTER_KINDS } from "../../chaos/crew/asked.ts";
import { createHeld } from "../../chaos/crew/held.ts";
import { makeMatters, TURNS } from "../../chaos/crew/matters.ts";
import type { Moment } from "../../chaos/inside/between.ts";
import { createPatience } from "../../chaos/kills.ts";
import { planKills, planMoments } from "../../chaos/plan.ts";

const moments = planMoments(1, 20);
const { matters, objects } = makeMatters(1, 10_000, moments);

describe("what the crew decides about", () => {
  it("is of every kind, and each kind is approved, changed and denied, in a short run too", () => {
    const short = makeMatters(1, 220).matters;
    expect(short).toHaveLength(TURNS.length);
    expect(new Set(short.map(({ kind }) => kind))).toEqual(new Set(MATTER_KINDS));
    for (const kind of MATTER_KINDS) {
      const own = short.filter((one) => one.kind === kind);
      expect(
        own.some(({ plan }) => plan === "approved"),
        kind,
      ).toBe(true);
      expect(
        own.some(({ change }) => change !== null),
        kind,
      ).toBe(true);
      expect(
        own.some(({ plan }) => plan === "denied" || plan === "contest"),
        kind,
      ).toBe(true);
    }
  });

  it("is a few dozens in a run of 10,000, each about something of its own that stands at the provider", () => {
    expect(matters.length).toBeGreaterThan(100);
    expect(matters.length).toBeLessThan(150);
    const subjects = matters.flatMap(({ subject, movedTo }) => [subject, ...(movedTo === null ? [] : [movedTo])]);
    expect(new Set(subjects).size).toBe(subjects.length);
    const known = new Set(objects.map(({ id }) => id));
    expect(subjects.filter((id) => !known.has(id))).toEqual([]);
  });

  it("is moved to another shard where another target is approved", () => {
    const moved = matters.filter(({ plan }) => plan === "elsewhere");
    expect(moved.length).toBeGreaterThan(10);
    for (const { subject, movedTo } of moved) {
      expect(movedTo).not.toBeNull();
      expect(shardOf(movedTo ?? "", 64)).not.toBe(shardOf(subject, 64));
    }
  });

  it("has somebody for each kill that is to fall behind a yes, early enough to be there", () => {
    const wanted = moments.filter((moment) => moment !== null && moment !== "fact").sort();
    const held = matters.filter(({ heldFor }) => heldFor !== null);
    expect(held.map(({ heldFor }) => heldFor).sort()).toEqual(wanted);
    for (const { atItem, heldFor, plan } of held) {
      expect(atItem).toBeLessThanOrEqual(500);
      if (heldFor === "shards") expect(plan).toBe("elsewhere");
    }
  });
});

describe("a kill that is to fall behind a yes", () => {
  it("waits until somebody is about to say it and can, and no other kill waits", () => {
    const has = { ready: false, away: false, over: false };
    const crew = { isReady: () => has.ready, isOver: () => has.over, provoke: () => undefined };
    const patience = createPatience(crew, { isAway: () => has.away });
    const [kill] = planKills(1, 1, 100);
    if (kill === undefined) throw new Error("no kill");
    const waits = (between: Moment | null) => patience.waits({ ...kill, between });
    expect([waits("fact"), waits(null)]).toEqual([false, false]);
    expect(waits("shards")).toBe(true);
    has.ready = true;
    expect(waits("shards")).toBe(false);
    has.away = true;
    expect(waits("shards")).toBe(true);
    has.over = true;
    expect(waits("shards")).toBe(false);
  });
});

describe("who waits for a kill", () => {
  it("goes on one for each provocation, and all at the release", async () => {
    const held = createHeld(new AbortController().signal);
    const gone: string[] = [];
    const wait = async (name: string) => {
      await held.until("shards");
      gone.push(name);
    };
    expect(held.isReady("shards")).toBe(false);
    const both = Promise.race([wait("one"), wait("other")]);
    expect([held.isReady("shards"), held.isReady("yes")]).toEqual([true, false]);
    held.provoke("yes");
    held.provoke("shards");
    await both;
    expect(gone).toHaveLength(1);
    held.release();
    await held.until("shards");
    await held.until("approval");
    await expect.poll(() => gone).toHaveLength(2);
    expect(held.isReady("shards")).toBe(false);
  });
});
