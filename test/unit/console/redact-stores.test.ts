import type { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, it } from "vitest";
import { actEventId } from "../../../shared/contracts/act.ts";
import { caseIdOf } from "../../../shared/contracts/asked.ts";
import { ANSWER, type PaymentEvent } from "../../../shared/contracts/event.ts";
import { columnsKeeping, type StoreName } from "../../../shared/contracts/kept-texts.ts";
import type { RedactedAnswer } from "../../../shared/contracts/redact.ts";
import { ABOUT_NOTHING } from "../../../shared/contracts/rules.ts";
import type { FactRowKey } from "../../../shared/core/ids.ts";
import { withTells } from "../../../shared/providers/registry.ts";
import { keepAnswer } from "../../../shared/records/case-work.ts";
import { keepDeadLetter } from "../../../shared/records/dead-letters.ts";
import { idOfDeath, letterOfRow } from "../../../shared/records/letter.ts";
import { verifyAudit } from "../../../workers/console/audit.ts";
import { editable } from "../../../workers/console/edited-event.ts";
import { editedDocument } from "../../helpers/gate.ts";
import { newAction, refundAction } from "../../helpers/ledger.ts";
import { createRecordsWorld, type RecordsWorld } from "../../helpers/records-world.ts";

/** What somebody wrote. It must be nowhere any more. */
const SECRET = "Erika Mustermann";
const action = { ...refundAction(1), customer: "cus_1" };
const CASE = caseIdOf(action.id);

let world: RecordsWorld;
beforeEach(() => {
  world = createRecordsWorld();
});

/** The columns in which the word stands, as `store.table.column`. */
function columnsWith(word: string): string[] {
  const found = new Set<string>();
  for (const [store, databases] of Object.entries(world.stores()) as [StoreName, DatabaseSync[]][])
    for (const sqlite of databases)
      for (const { name: table } of sqlite.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all())
        for (const row of sqlite.prepare(`SELECT * FROM "${table}"`).all())
          for (const [column, value] of Object.entries(row))
            if (String(value).includes(word)) found.add(`${store}.${table}.${column}`);
  return [...found].sort();
}

const request = (id: string, changes: Partial<PaymentEvent> = {}): PaymentEvent =>
  withTells({
    id,
    type: "countersign.request",
    occurredAt: 1_790_000_000_000,
    mode: "test",
    lane: "live",
    customer: "cus_1",
    payment: "pi_1",
    requester: "customer",
    text: `please refund ${SECRET}`,
    ...changes,
  });

/** A request of a customer that became a case, on which people have worked. */
async function aCase(): Promise<void> {
  const { ledger } = world;
  const event = request("api:r-1");
  const key = "fact_row_1" as FactRowKey;
  await ledger.accept([{ event, raw: JSON.stringify(event), provenance: "keyed" }]);
  const other = { ...event, text: `no, refund ${SECRET} all of it` };
  await ledger.accept([{ event: other, raw: JSON.stringify(other), provenance: "keyed" }]);
  const caseReason = `what ${SECRET} wrote is unclear`;
  const record = {
    by: "rule",
    reason: caseReason,
    proposal: null,
    verdicts: [],
    policyVersion: "p",
    agent: null,
  } as const;
  await ledger.recordDecisions([
    { factRowKey: key, eventId: event.id, grant: null, decision: { kind: "action", action, caseReason, record } },
  ] as unknown as Parameters<typeof ledger.recordDecisions>[0]);
  await ledger.putActions([newAction(action, { caseReason, caseAbout: ABOUT_NOTHING, eventId: event.id })]);
  const outcome = { kind: "action", actionId: action.id, subject: action.subject, reason: caseReason } as const;
  await ledger.close([{ id: event.id, outcome, factRowKey: key }]);
  await world.answerCase(1);
  for (const what of ["note", "ask", "answer"])
    await world.post(`/api/cases/${CASE}/${what}`, { text: `${SECRET}: ${what}` });
}

/** The answer to a question of ours, as it came through the door for requests. It names no customer. */
async function anAnswer(): Promise<void> {
  const { customer: _customer, payment: _payment, ...bare } = request("api:answer-1");
  const event: PaymentEvent = { ...bare, type: ANSWER, object: CASE, text: `I am ${SECRET}` };
  await world.ledger.accept([{ event, raw: JSON.stringify(event), provenance: "keyed" }]);
  await keepAnswer(world.database(), CASE, event, 1_000);
  await world.ledger.close([{ id: event.id, outcome: { kind: "none", reason: "an answer" }, factRowKey: null }]);
}

/** An event of this customer that died. Answers its letter. */
async function aDeath(id: string): Promise<{ letter: string; event: PaymentEvent }> {
  const event = request(id, { payment: "pi_9", amountMinor: 100, currency: "USD" });
  await world.ledger.accept([{ event, raw: JSON.stringify(event), provenance: "keyed" }]);
  await world.ledger.failEvent(id, { reason: "queue_exhausted", detail: `it threw at ${SECRET}` });
  const row = { kind: "event", id } as const;
  const dead = await world.ledger.deadRow(row);
  if (dead === null) throw new Error("not dead");
  await keepDeadLetter(world.database(), await letterOfRow(row, { text: `of ${SECRET}` }, dead));
  await world.ledger.deadLettered(row);
  return { letter: await idOfDeath(row, 1), event };
}
const aDiscard = async (): Promise<string> => {
  const { letter } = await aDeath("api:dead-1");
  await world.discard([letter], `${SECRET} was paid by hand`);
  return letter;
};
const anEdit = async (): Promise<{ letter: string; edited: string }> => {
  const { letter, event } = await aDeath("api:dead-2");
  const sent = { ...editable(event), amountMinor: 200, text: `refund ${SECRET} 2.00 USD` };
  await world.post("/api/dead-letters/edit", { id: letter, event: sent, reason: `${SECRET} said another sum` });
  const edited = `edit:${letter}:1`;
  await world.ledger.close([
    { id: edited, outcome: { kind: "none", reason: "nothing is to be done" }, factRowKey: null },
  ]);
  return { letter, edited };
};
const holds = async (scope: string): Promise<void> => {
  await world.post("/api/holds", { scope, reason: `${SECRET} rang` });
  await world.post("/api/holds/lift", { scope, reason: `${SECRET} rang again` });
};
const aPerson = async (): Promise<string> => {
  const body = { name: "Bea", roles: ["viewer"], reason: `${SECRET} has left` };
  return (await world.post<{ person: { id: string } }>("/api/people", body)).person.id;
};
const aDraft = (): Promise<unknown> =>
  world.post("/api/policy/draft", {
    document: editedDocument(({ handling }) => {
      handling.patienceMs += 1;
    }),
    reason: `${SECRET} asked for it`,
  });

const redact = (id: string, more: object = {}) => world.post<RedactedAnswer>("/api/redact", { id, ...more });
const verified = async () =>
  (await verifyAudit(null, { audit: world.audit, records: world.database() }, world.audit.keys)).findings;

describe("a redaction reaches each store", () => {
  it("every column that keeps words has some, and none after the redaction of customer, person and policy", async () => {
    await aCase();
    await anAnswer();
    await aDiscard();
    await anEdit();
    await holds("customer:cus_1");
    const person = await aPerson();
    await aDraft();
    expect([...columnsWith(SECRET)]).toEqual(expect.arrayContaining(WRITTEN));
    expect(WRITTEN.length + NOT_WRITTEN_HERE.length).toBe(columnsKeeping("text", "row").length);
    for (const id of ["cus_1", person, "policy"]) {
      const { refused } = await redact(id, { evenOpen: true });
      expect(refused).toEqual([]);
    }
    expect(columnsWith(SECRET)).toEqual([]);
    expect(await verified()).toEqual([]);
    world.lose();
    await world.rebuild();
    expect(columnsWith(SECRET)).toEqual([]);
    expect(await verified()).toEqual([]);
  });

  it.each([
    ["the event of a note", () => actEventId(CASE, 1), 1],
    ["an answer that came as a request", () => "api:answer-1", 1],
  ])("%s takes the words beside the case too", async (_what, id, notes) => {
    await aCase();
    await anAnswer();
    const before = world.tableOf("case_notes").filter((row) => JSON.stringify(row).includes("[removed]"));
    expect(before).toEqual([]);
    expect((await redact(id())).refused).toMatchObject([{ id: CASE, why: "open" }]);
    expect((await redact(id(), { evenOpen: true })).redacted).toMatchObject({ events: 1, notes });
    const after = world.tableOf("case_notes").filter((row) => JSON.stringify(row).includes("[removed]"));
    expect(after).toMatchObject([{ event: id(), text: "[removed]" }]);
  });

  it("of a letter takes what was sent in place of what died; of the edited event, what died", async () => {
    for (const one of ["letter", "edited"] as const) {
      world = createRecordsWorld();
      const ids = await anEdit();
      expect((await redact(ids[one])).refused).toEqual([]);
      expect(columnsWith(SECRET)).toEqual([]);
    }
  });

  it("of a discard takes the reason out of its letter, and no more", async () => {
    const letter = await aDiscard();
    await redact(actEventId(letter, 1));
    expect(world.tableOf("dead_letters")).toMatchObject([
      { discardReason: "[removed]", body: expect.stringContaining(SECRET) },
    ]);
  });

  it.each(["cus_1", "customer:cus_1"])("of %s takes a hold's reasons, and the hold goes on", async (id) => {
    await world.post("/api/holds", { scope: "customer:cus_1", reason: `${SECRET} rang` });
    expect((await redact(id)).redacted).toMatchObject({ holds: 1, events: 1 });
    expect(columnsWith(SECRET)).toEqual([]);
    expect(await world.gate.holds()).toMatchObject([{ scope: "customer:cus_1", reason: "[removed]" }]);
    const [admission] = await world.gate.admit([{ ...action, actionId: action.id }]);
    expect(admission).toMatchObject({ kind: "held" });
  });

  it("of a case takes the reason of the hold that was made for it, and of no other", async () => {
    await aCase();
    await world.post("/api/holds", { scope: "payment:pi_7", reason: `${SECRET} of another case` });
    await world.post(`/api/cases/${CASE}/hold`, { reason: `${SECRET} must wait` });
    expect((await redact(CASE, { evenOpen: true })).redacted).toMatchObject({ holds: 1 });
    const reasons = (await world.gate.holds()).map(({ scope, reason }) => [scope, reason]);
    expect(reasons.sort()).toEqual([
      ["customer:cus_1", "[removed]"],
      ["payment:pi_7", `${SECRET} of another case`],
    ]);
  });

  it("leaves the reason of a redaction, until its own id is named", async () => {
    await aCase();
    const { act } = await redact("cus_1", { evenOpen: true, reason: `${SECRET} asked by letter` });
    await redact("cus_1", { evenOpen: true });
    expect((await world.ledger.eventView(act ?? ""))?.event.text).toContain(SECRET);
    await redact(act ?? "");
    expect(columnsWith(SECRET)).toEqual([]);
  });

  it("a dry run counts the same as the redaction after it, and removes and records nothing", async () => {
    await aCase();
    await anAnswer();
    await aDiscard();
    await holds("customer:cus_1");
    const before = [columnsWith(SECRET), world.dump(), world.dumpAudit(), world.tableOf("cases")];
    const look = await redact("cus_1", { evenOpen: true, dryRun: true });
    expect(look.act).toBeNull();
    expect([columnsWith(SECRET), world.dump(), world.dumpAudit(), world.tableOf("cases")]).toEqual(before);
    const done = await redact("cus_1", { evenOpen: true });
    expect(done).toEqual({ ...look, act: done.act });
    expect(look.redacted).toMatchObject({ actions: 1, decisions: 1, cases: 1, letters: 1, holds: 1 });
    const refused = (await redact("cus_1", { dryRun: true })).refused.map(({ id, why }) => [id, why]);
    expect(refused).toContainEqual([action.id, "open"]);
    expect(refused).toContainEqual([CASE, "open"]);
  });

  it("removes nothing where the gate does not say what it holds", async () => {
    await aCase();
    world.gate.broken.add("holdReasons");
    const before = columnsWith(SECRET);
    await expect(redact("cus_1", { evenOpen: true })).rejects.toThrow(/50\d/);
    expect(columnsWith(SECRET)).toEqual(before);
  });
});

/** Of rows that change: an event's first form has no words beside its body, and nothing happens to the action of this test. */
const NOT_WRITTEN_HERE = ["ledger.event.row", "ledger.action_state.row"];
const WRITTEN = columnsKeeping("text", "row").filter((column) => !NOT_WRITTEN_HERE.includes(column));
