import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { ACTS, type ActDetail, type ActName, actEventId } from "../../../shared/contracts/act.ts";
import { caseIdOf } from "../../../shared/contracts/asked.ts";
import { ANSWER, type PaymentEvent } from "../../../shared/contracts/event.ts";
import type { PersonClaims } from "../../../shared/contracts/people.ts";
import { withTells } from "../../../shared/providers/registry.ts";
import { type ActEvent, recordAct } from "../../../shared/records/acts/record.ts";
import { caseRowOf } from "../../../shared/records/case.ts";
import { applyCaseAct, keepAnswer, notesOf } from "../../../shared/records/case-work.ts";
import { getCase } from "../../../shared/records/cases.ts";
import { detailOf, personOfAct, putPerson } from "../../../shared/records/people.ts";
import { placeOf } from "../../../shared/records/place.ts";
import { restoreCase } from "../../../shared/records/restore.ts";
import { provenBy } from "../../../workers/console/people/proven.ts";
import { RESTORE_ACT } from "../../../workers/console/rebuild-acts.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { createRecordsWorld, type RecordsWorld } from "../../helpers/records-world.ts";

const ANNA = { id: "person_anna", name: "Anna" };
const CASE = caseIdOf(refundAction(1).id);
const OTHER = caseIdOf(refundAction(2).id);
const PERSON: PersonClaims = {
  id: "person_bert",
  name: "Bert",
  human: true,
  identity: "token:1",
  roles: ["reviewer"],
  vouchedBy: [ANNA.id],
  acts: 1,
  addedAt: 1_000,
  revokedAt: null,
};

let world: RecordsWorld;
beforeEach(async () => {
  world = createRecordsWorld();
  await world.openCase(1);
  await world.openCase(2, "odd");
});

type Done = { what: ActName; after?: ActDetail; text?: string };
/** Acts about one thing as people do them: in the ledger, then in D1. */
async function done(about: string, acts: readonly Done[], from = 1_000): Promise<ActEvent[]> {
  const events: ActEvent[] = [];
  for (const [index, { what, after = {}, text = null }] of acts.entries()) {
    const n = index + 1;
    const wanted = {
      what,
      about,
      n,
      by: ANNA,
      key: `key-${about}-${n}`,
      after,
      text,
      at: from + n,
      mode: "test",
    } as const;
    const recorded = await recordAct(world.ledger, wanted);
    if (recorded.kind !== "recorded") throw new Error(`act ${n} about ${about}: ${recorded.kind}`);
    events.push(recorded.event);
  }
  return events;
}

const WORK: readonly Done[] = [
  { what: "case.assign", after: { owner: ANNA.id, ownerName: "Anna" } },
  { what: "case.note", text: "the parcel never came" },
  { what: "case.snooze", after: { until: 90_000 } },
  { what: "case.question", text: "which parcel?" },
  { what: "case.answer", text: "the red one" },
  { what: "case.link", after: { other: OTHER } },
  { what: "case.assign", after: { owner: "person_bert", ownerName: "Bert" } },
  { what: "case.snooze", after: { until: 95_000 } },
  { what: "case.note", text: "it came" },
];

/** What D1 has of the work on cases, and of people. */
const rows = (): unknown => ["cases", "case_notes", "case_links", "people"].map((table) => world.tableOf(table));

const provenDetail = async (one: PersonClaims): Promise<ActDetail> => ({
  ...detailOf(one),
  proof: await world.proofs.prove(one),
});

async function aDay(): Promise<ActEvent[]> {
  const work = await done(CASE, WORK);
  for (const [index, event] of work.entries()) await applyCaseAct(world.database(), event, index + 1);
  const changed: PersonClaims = { ...PERSON, roles: ["approver"], acts: 2 };
  const revoked: PersonClaims = { ...changed, acts: 3, revokedAt: 5_000 };
  const people = await done(PERSON.id, [
    { what: "people.add", after: await provenDetail(PERSON) },
    { what: "people.change", after: await provenDetail(changed) },
    { what: "people.revoke", after: await provenDetail(revoked) },
  ]);
  for (const event of people) {
    const row = personOfAct(event);
    if (row !== null) await putPerson(world.database(), row);
  }
  return [...work, ...people];
}

describe("a rebuild restores from the ledger what people did", () => {
  it("notes, questions, answers, assignments, snoozes, links and people, as they stood", async () => {
    await aDay();
    const before = rows();
    expect(JSON.stringify(before)).toContain("the parcel never came");
    world.lose();
    await world.rebuild();
    expect(rows()).toEqual(before);
    await world.rebuild();
    expect(rows()).toEqual(before);
  });

  it("what stands beside a case, also where the case itself was not lost", async () => {
    await aDay();
    const before = rows();
    for (const table of ["case_notes", "case_links"]) await world.database().prepare(`DELETE FROM ${table}`).run();
    expect(await world.rebuild()).toMatchObject({ acts: 5 });
    expect(rows()).toEqual(before);
    expect(await world.rebuild()).toMatchObject({ acts: 0 });
  });

  it("the answers of those who have no name here, also one that came while there was no case to answer", async () => {
    const asked = await done(CASE, [{ what: "case.question", text: "which parcel?" }], world.clock.now);
    for (const event of asked) await applyCaseAct(world.database(), event, 1);
    const askedAt = (await getCase(world.database(), CASE))?.askedAt ?? 0;
    expect(askedAt).toBeGreaterThan(0);
    world.clock.now = askedAt + 1_000;
    const answer = (id: string, text: string): PaymentEvent =>
      withTells({ id, type: ANSWER, occurredAt: 2_000, mode: "test", lane: "live", object: CASE, text });
    const events = [answer("request:1", "the red one"), answer("request:2", "and the blue one")];
    await world.ledger.accept(events.map((event) => ({ event, raw: "{}", provenance: "keyed" as const })));
    for (const event of events.slice(0, 1)) await keepAnswer(world.database(), CASE, event, world.clock.now);
    const textsNow = async () => (await notesOf(world.database(), CASE)).map(({ text }) => text);
    expect(await textsNow()).toEqual(["which parcel?", "the red one"]);
    world.lose();
    expect(await world.rebuild()).toMatchObject({ acts: 3 });
    expect(await textsNow()).toEqual(["which parcel?", "the red one", "and the blue one"]);
    // It is answered: it waits for nothing any more.
    expect(await getCase(world.database(), CASE)).toMatchObject({ askedAt: null, priority: 0 });
    expect(await world.rebuild()).toMatchObject({ acts: 0 });
  });

  it("and so in whatever order the acts come, each of them twice", async () => {
    const acts = await aDay();
    const before = rows();
    const proven = provenBy({ people: world.proofs, log: () => undefined });
    const order = fc.shuffledSubarray([...acts, ...acts], { minLength: acts.length * 2 });
    await fc.assert(
      fc.asyncProperty(order, async (shuffled) => {
        world.lose();
        for (const view of await world.ledger.actions([refundAction(1), refundAction(2)])) {
          const row = view === null ? null : caseRowOf(view);
          if (row !== null)
            await restoreCase(world.database(), { ...row, ...placeOf(row, null, await world.placing()) });
        }
        for (const act of shuffled) {
          const deps = { ledger: world.ledger, records: world.database(), proven };
          await RESTORE_ACT[act.act.what](act, deps);
        }
        expect(rows()).toEqual(before);
      }),
      { numRuns: 30 },
    );
  });

  it("what a crash left between the ledger and D1", async () => {
    const work = await done(CASE, WORK);
    const [first] = work;
    if (first !== undefined) await applyCaseAct(world.database(), first, 1);
    await world.rebuild();
    expect(world.tableOf("case_notes")).toHaveLength(4);
    expect(await world.ledger.eventView(actEventId(CASE, WORK.length))).not.toBeNull();
  });

  it("every act has its restorer", () => {
    expect(Object.keys(RESTORE_ACT).sort()).toEqual([...ACTS].sort());
  });
});
