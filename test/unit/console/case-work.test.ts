import * as v from "valibot";
import { beforeEach, describe, expect, test } from "vitest";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import { DAY_MS } from "../../../shared/core/time.ts";
import { nextCase } from "../../../shared/records/case-next.ts";
import { linksOf, notesOf } from "../../../shared/records/case-work.ts";
import { NOTE_LIMIT, textBody } from "../../../workers/console/cases/queries.ts";
import { assign, link, snooze, write } from "../../../workers/console/cases/work.ts";
import { createDesk, type Desk, person } from "../../helpers/case-desk.ts";
import { failing } from "../../helpers/d1.ts";

const ADA = person("ada");
const BEN = person("ben");
let desk: Desk;
let id: string;
beforeEach(async () => {
  desk = createDesk();
  id = await desk.open(1);
});

const by = (who: typeof ADA, key: string) => ({ id, person: who, key });
const give = (who: typeof ADA, key: string, take = false) =>
  assign(by(who, key), { to: { id: who.id, name: who.name }, take }, desk.deps(), desk.around);
const rowIn = (told: CaseRow | Response): CaseRow => {
  if (told instanceof Response) throw new Error(`refused: ${told.status}`);
  return told;
};
async function refusalIn(told: CaseRow | Response): Promise<{ status: number; detail: string }> {
  if (!(told instanceof Response)) throw new Error("it was done");
  return { status: told.status, detail: ((await told.json()) as { detail: string }).detail };
}

describe("who has a case", () => {
  test("is one person: the second one hears who it is, and takes it over only by saying so", async () => {
    expect(rowIn(await give(ADA, "k1"))).toMatchObject({ owner: ADA.id, ownerName: "ada" });
    const refused = await refusalIn(await give(BEN, "k2"));
    expect(refused.status).toBe(409);
    expect(refused.detail).toContain("ada has");
    expect(refused.detail).toContain("--take");
    expect(rowIn(await give(BEN, "k3", true))).toMatchObject({ owner: BEN.id });
    expect(desk.audited.map(({ act }) => [act.what, act.before, act.after])).toEqual([
      ["case.assign", { owner: null }, { owner: ADA.id, ownerName: "ada" }],
      ["case.assign", { owner: ADA.id }, { owner: BEN.id, ownerName: "ben" }],
    ]);
  });

  test("is the first of two who ask at once, whatever D1 says of it", async () => {
    const answers = await Promise.all([give(ADA, "k1"), give(BEN, "k2")]);
    const refused = answers.filter((told) => told instanceof Response);
    expect(refused).toHaveLength(1);
    const row = await desk.row(id);
    const winner = answers[0] instanceof Response ? BEN : ADA;
    expect(row?.owner).toBe(winner.id);
    const first = await desk.ledger.eventView(`act:${id}:1`);
    expect(first?.event.act?.by.id).toBe(winner.id);
    expect(await desk.ledger.eventView(`act:${id}:2`)).toBeNull();
  });

  test("stands after a crash behind the ledger: the same request goes on, and another one hears of it", async () => {
    desk.through(failing(desk.database, (sql) => sql.startsWith("UPDATE cases SET owner"), "before"));
    await expect(give(ADA, "k1")).rejects.toThrow();
    expect((await desk.row(id))?.owner).toBeNull();
    desk.through(desk.database);
    expect((await refusalIn(await give(BEN, "k2"))).detail).toContain("ada has");
    expect(rowIn(await give(ADA, "k1"))).toMatchObject({ owner: ADA.id, acts: 1 });
  });

  test("is nobody again where the owner gives it back", async () => {
    await give(ADA, "k1");
    const back = await assign(by(ADA, "k2"), { to: null, take: false }, desk.deps(), desk.around);
    expect(rowIn(back)).toMatchObject({ owner: null, ownerName: null });
  });

  test("is asked of open cases alone, and the answer says how it ended", async () => {
    desk.sqlite.exec("UPDATE cases SET state = 'denied', decidedBy = 'ben', code = 'not_entitled'");
    const refused = await refusalIn(await give(ADA, "k1"));
    expect(refused).toMatchObject({ status: 409 });
    expect(refused.detail).toContain("denied already by ben (not_entitled)");
  });
});

describe("a note", () => {
  test("is masked, and kept once however often it is sent", async () => {
    const words = "card 4242 4242 4242 4242 was used by jo@example.com";
    await write("note", by(ADA, "k1"), words, desk.deps(), desk.around);
    await write("note", by(ADA, "k1"), words, desk.deps(), desk.around);
    const notes = await notesOf(desk.database, id);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatchObject({ what: "note", byName: "ada", event: `act:${id}:1` });
    expect(notes[0]?.text).not.toContain("4242");
    expect(notes[0]?.text).not.toContain("example.com");
    expect((await desk.ledger.eventView(`act:${id}:1`))?.event.text).toBe(notes[0]?.text);
  });

  test("shuts out no other: of two at once both are kept", async () => {
    await Promise.all([
      write("note", by(ADA, "k1"), "one", desk.deps(), desk.around),
      write("note", by(BEN, "k2"), "two", desk.deps(), desk.around),
    ]);
    expect((await notesOf(desk.database, id)).map(({ text }) => text).sort()).toEqual(["one", "two"]);
    expect((await desk.row(id))?.acts).toBe(2);
  });

  test("of more than 4,000 characters is refused in words, and one of 1 MB before it is read", () => {
    expect(v.safeParse(textBody, { text: "x".repeat(4_000) }).success).toBe(true);
    const parsed = v.safeParse(textBody, { text: "x".repeat(4_001) });
    expect(parsed.issues?.[0].message).toContain("4000 characters at most");
    expect(NOTE_LIMIT.maxBytes).toBeLessThan(65_536);
    expect(NOTE_LIMIT.tooLarge).toContain("4,000 characters");
  });
});

describe("a case is put aside", () => {
  const aside = (until: number) => snooze(by(ADA, `until ${until}`), until, desk.policy, desk.deps(), desk.around);

  test("until its time has come, and is next again after it", async () => {
    const until = desk.clock.now + DAY_MS;
    expect(rowIn(await aside(until))).toMatchObject({ snoozedUntil: until, lookAt: until });
    expect(await nextCase(desk.database, { person: ADA.id, now: until - 1 })).toBeNull();
    expect((await nextCase(desk.database, { person: ADA.id, now: until }))?.id).toBe(id);
  });

  test("not beyond its due time, not longer than policy says, and not into the past", async () => {
    const { now } = desk.clock;
    desk.sqlite.exec(`UPDATE cases SET decideBy = ${now + DAY_MS}`);
    expect(await refusalIn(await aside(now + DAY_MS + 1))).toMatchObject({ status: 409 });
    expect((await refusalIn(await aside(now + 4 * DAY_MS))).detail).toContain("policy lets a case be put aside until");
    expect((await refusalIn(await aside(now))).detail).toContain("is over");
    expect(rowIn(await aside(now + DAY_MS)).snoozedUntil).toBe(now + DAY_MS);
  });

  test("not at all while nobody says what policy is", async () => {
    const told = await snooze(by(ADA, "k"), desk.clock.now + 1, null, desk.deps(), desk.around);
    expect((await refusalIn(told)).status).toBe(503);
  });
});

describe("a question", () => {
  test("takes the case out of the queue until its answer brings it to the front", async () => {
    const other = await desk.open(2);
    desk.sqlite.exec("UPDATE cases SET priority = 5");
    rowIn(await write("ask", by(ADA, "k1"), "which order is it?", desk.deps(), desk.around));
    expect((await nextCase(desk.database, { person: ADA.id, now: 1 }))?.id).toBe(other);
    rowIn(await write("answer", by(BEN, "k2"), "order 7", desk.deps(), desk.around));
    expect((await nextCase(desk.database, { person: ADA.id, now: 1 }))?.id).toBe(id);
    expect((await notesOf(desk.database, id)).map(({ what, text }) => [what, text])).toEqual([
      ["question", "which order is it?"],
      ["answer", "order 7"],
    ]);
  });
});

describe("a link", () => {
  test("stands on both cases, and leads to no case that is not there", async () => {
    const other = await desk.open(2);
    rowIn(await link(by(ADA, "k1"), other, desk.deps(), desk.around));
    expect((await linksOf(desk.database, id)).map((one) => one.other)).toEqual([other]);
    expect((await linksOf(desk.database, other)).map((one) => one.other)).toEqual([id]);
    const nowhere = `case_${"f".repeat(32)}`;
    expect((await refusalIn(await link(by(ADA, "k2"), nowhere, desk.deps(), desk.around))).status).toBe(404);
    expect((await refusalIn(await link(by(ADA, "k3"), "pi_1", desk.deps(), desk.around))).status).toBe(400);
  });
});

describe("the key of an act about a case", () => {
  const used = { status: 422, detail: expect.stringContaining("Use a new key") };

  test("is that of one act: other words, another person or another time under it are refused, and nothing is written", async () => {
    const until = desk.clock.now + DAY_MS;
    const other = await desk.open(2);
    const sent = (text: string) => write("note", by(ADA, "note"), text, desk.deps(), desk.around);
    const puts = (time: number) => snooze(by(ADA, "snooze"), time, desk.policy, desk.deps(), desk.around);
    const links = (to: string) => link(by(ADA, "link"), to, desk.deps(), desk.around);
    await sent("the first words");
    await puts(until);
    await links(other);
    await give(ADA, "assign");
    const acts = (await desk.row(id))?.acts;
    expect(await refusalIn(await sent("other words"))).toMatchObject(used);
    expect(await refusalIn(await puts(until + 1))).toMatchObject(used);
    expect(await refusalIn(await links(await desk.open(3)))).toMatchObject(used);
    const to = { id: BEN.id, name: BEN.name };
    const assigned = await assign(by(ADA, "assign"), { to, take: false }, desk.deps(), desk.around);
    expect(await refusalIn(assigned)).toMatchObject(used);
    expect((await desk.row(id))?.acts).toBe(acts);
    expect((await notesOf(desk.database, id)).map(({ text }) => text)).toEqual(["the first words"]);
    expect((await desk.row(id))?.owner).toBe(ADA.id);
  });

  test("is known after many other acts: a request that is repeated late stands once, alone or beside others", async () => {
    const note = (key: string) => write("note", by(ADA, key), "the words", desk.deps(), desk.around);
    rowIn(await note("first"));
    rowIn(await give(ADA, "mine"));
    for (let n = 0; n < 45; n++) rowIn(await note(`other-${n}`));
    const acts = (await desk.row(id))?.acts;
    rowIn(await note("first"));
    rowIn(await give(ADA, "mine"));
    expect((await desk.row(id))?.acts).toBe(acts);
    expect(await desk.ledger.eventView(`act:${id}:${Number(acts) + 1}`)).toBeNull();
  });

  test("is that of each kind of act, and of each person", async () => {
    const sent = (word: "note" | "ask", who: typeof ADA) => write(word, by(who, "k"), word, desk.deps(), desk.around);
    for (const told of [await sent("note", ADA), await sent("ask", ADA), await sent("note", BEN)]) rowIn(told);
    expect((await desk.row(id))?.acts).toBe(3);
  });

  test("is answered as before where its own effect, or somebody else's, would refuse it now", async () => {
    const until = desk.clock.now + DAY_MS;
    const puts = () => snooze(by(ADA, "k"), until, desk.policy, desk.deps(), desk.around);
    rowIn(await puts());
    desk.clock.now = until + 1;
    rowIn(await puts());
    rowIn(await give(ADA, "k2"));
    rowIn(await give(BEN, "k3", true));
    expect(rowIn(await give(ADA, "k2")).owner).toBe(BEN.id);
  });
});
