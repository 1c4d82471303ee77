import { beforeEach, describe, expect, it } from "vitest";
import { entriesBehind } from "../../../shared/records/audit.ts";
import { createRecordsWorld, type RecordsWorld } from "../../helpers/records-world.ts";

/** Whoever has the token of these tests. */
const FIRST = { id: "person_first", name: "first admin" };
let world: RecordsWorld;
beforeEach(() => {
  world = createRecordsWorld();
});

const letterOf = async (n: number): Promise<string> => {
  await world.kill(n);
  await world.keepLetter(n);
  const id = world.rows().letters.at(-1)?.id;
  if (id === undefined) throw new Error("no dead letter was kept");
  return id;
};
const audited = async () =>
  (await entriesBehind(world.database(), 0, 100)).map(({ n, what, by, about, event }) => [
    n,
    what,
    by.name,
    about,
    event,
  ]);
const post = (path: string, body: object) => world.post(path, body);

describe("what people do with dead letters", () => {
  it("a redrive is recorded in the person's name, then in the audit, with what was before and after", async () => {
    const id = await letterOf(1);
    await world.redrive([id]);
    expect((await world.ledger.eventView(`act:${id}:1`))?.event).toMatchObject({
      type: "countersign.redrive",
      act: {
        what: "letter.redrive",
        by: FIRST,
        about: id,
        before: { state: "dead", redrives: 0 },
        after: { state: "redriving", redrives: 1 },
      },
    });
    expect(await audited()).toEqual([[1, "letter.redrive", "first admin", id, `act:${id}:1`]]);
  });

  it("a discard too, and its reason is in the audit by its hash alone", async () => {
    const id = await letterOf(1);
    await world.discard([id], "paid back by hand");
    expect(await audited()).toEqual([[1, "letter.discard", "first admin", id, `act:${id}:1`]]);
    const [entry] = await entriesBehind(world.database(), 0, 1);
    expect(entry?.textHash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(entry)).not.toContain("paid back");
  });

  it("is not done while the audit is away, and the same request again does all of it once", async () => {
    const id = await letterOf(1);
    world.audit.broken.add("append");
    expect((await world.redrive([id])).results).toMatchObject([{ id, result: "unavailable" }]);
    expect(world.rows().letters).toMatchObject([{ state: "dead" }]);
    world.audit.broken.clear();
    expect((await world.redrive([id])).results).toMatchObject([{ id, result: "redriven" }]);
    expect(await audited()).toHaveLength(1);
  });

  it("stands in the audit though D1 was away after the ledger had it", async () => {
    const id = await letterOf(1);
    world.through(() => ({
      prepare: () => {
        throw new Error("D1_ERROR: the database is away");
      },
    }));
    await world.redrive([id]);
    world.through((whole) => whole);
    expect(await audited()).toEqual([]);
    expect((await world.redrive([id])).results).toMatchObject([{ id, result: "redriven" }]);
    expect(await audited()).toHaveLength(1);
  });
});

describe("holds", () => {
  const scope = "customer:cus_1";

  it("are added and lifted in the person's name, each with its entry", async () => {
    const at = world.clock.now;
    await post("/api/holds", { scope, reason: "odd" });
    world.clock.now += 1_000;
    await post("/api/holds/lift", { scope, reason: "it was nothing" });
    expect(await audited()).toEqual([
      [1, "hold.add", "first admin", scope, `hold:${scope}:${at}`],
      [2, "hold.lift", "first admin", scope, `lift:${scope}:${at}`],
    ]);
    expect((await world.ledger.eventView(`hold:${scope}:${at}`))?.event).toMatchObject({
      type: "countersign.hold",
      customer: "cus_1",
      text: "a person put customer cus_1 on hold: odd",
      act: { what: "hold.add", by: FIRST, before: { onHold: false }, after: { onHold: true, since: at } },
    });
  });

  it("hold though the audit is away: 503, and the same request again gives it its entry", async () => {
    world.audit.broken.add("append");
    await expect(post("/api/holds", { scope, reason: "odd" })).rejects.toThrow("503");
    expect(await world.gate.holds()).toMatchObject([{ scope }]);
    world.audit.broken.clear();
    await post("/api/holds", { scope, reason: "odd" });
    await post("/api/holds", { scope, reason: "odd" });
    expect(await audited()).toHaveLength(1);
  });

  it("that a rule made have no person, and so no entry; their lift has", async () => {
    await world.gate.hold(scope, "a forged grant", "rule");
    await post("/api/holds/lift", { scope });
    expect((await audited()).map(([, what]) => what)).toEqual(["hold.lift"]);
  });

  it("that were recorded before people had names stay as they are", async () => {
    const at = world.clock.now;
    await world.gate.hold(scope, "odd", "person");
    const event = {
      id: `hold:${scope}:${at}`,
      type: "countersign.hold",
      occurredAt: at,
      mode: "test",
      lane: "live",
      text: "a person put customer cus_1 on hold: odd",
    } as const;
    await world.ledger.accept([{ event, raw: "{}", provenance: "own" }]);
    await post("/api/holds", { scope, reason: "odd" });
    expect((await world.ledger.eventView(event.id))?.event).toEqual(event);
    expect(await world.ledger.conflictsOf(event.id)).toEqual([]);
    expect(await audited()).toEqual([]);
  });
});

describe("a rebuild", () => {
  it("gives each act the entry that the audit lacks, and writes the copy in D1 again", async () => {
    const id = await letterOf(1);
    await world.redrive([id]);
    await post("/api/holds", { scope: "all", reason: "odd" });
    await post("/api/holds/lift", { scope: "all" });
    const before = await entriesBehind(world.database(), 0, 100);
    world.lose();
    expect(await world.rebuild()).toMatchObject({ audit: 3 });
    expect(await entriesBehind(world.database(), 0, 100)).toEqual(before);
    expect(await world.rebuild()).toMatchObject({ audit: 0 });
  });

  it("appends what a crash left out of the audit", async () => {
    const id = await letterOf(1);
    world.audit.broken.add("append");
    await world.redrive([id]);
    await expect(post("/api/holds", { scope: "all", reason: "odd" })).rejects.toThrow("503");
    world.audit.broken.clear();
    expect((await audited()).length).toBe(0);
    expect(await world.rebuild()).toMatchObject({ audit: 2 });
    expect((await audited()).map(([, what]) => what).sort()).toEqual(["hold.add", "letter.redrive"]);
  });
});
