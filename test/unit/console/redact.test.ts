import { beforeEach, describe, expect, it } from "vitest";
import { actEventId } from "../../../shared/contracts/act.ts";
import { caseIdOf } from "../../../shared/contracts/asked.ts";
import type { RedactedAnswer } from "../../../shared/contracts/redact.ts";
import { ABOUT_NOTHING } from "../../../shared/contracts/rules.ts";
import type { FactRowKey } from "../../../shared/core/ids.ts";
import { DAY_MS } from "../../../shared/core/time.ts";
import { withTells } from "../../../shared/providers/registry.ts";
import { appendToAudit } from "../../../shared/records/acts/audit.ts";
import { recordAct } from "../../../shared/records/acts/record.ts";
import { applyCaseAct } from "../../../shared/records/case-work.ts";
import { verifyAudit } from "../../../workers/console/audit.ts";
import { newAction, refundAction } from "../../helpers/ledger.ts";
import { createRecordsWorld, type RecordsWorld } from "../../helpers/records-world.ts";

/** What people, providers and Claude wrote. It must be nowhere any more. */
const SECRET = "Erika Mustermann";
const KEY = "fact_row_1" as FactRowKey;
const ANNA = { id: "person_anna", name: "Anna" };
const action = { ...refundAction(1), customer: "cus_1" };
const CASE = caseIdOf(action.id);
const EVENT = "api:r-1";

let world: RecordsWorld;
beforeEach(() => {
  world = createRecordsWorld();
});

/** A request that became a case, with a note, all of it about one person. */
async function aCase(): Promise<void> {
  const event = withTells({
    id: EVENT,
    type: "countersign.request",
    occurredAt: 1_000,
    mode: "test",
    lane: "live",
    customer: "cus_1",
    payment: "pi_1",
    text: `please refund ${SECRET}, order 4711-x`,
  });
  const { ledger } = world;
  await ledger.accept([{ event, raw: JSON.stringify({ event, by: SECRET }), provenance: "keyed" }]);
  // Another content under the same id is kept beside it.
  const other = { ...event, text: `no, refund ${SECRET} all of it` };
  await ledger.accept([{ event: other, raw: JSON.stringify(other), provenance: "keyed" }]);
  const caseReason = `what ${SECRET} wrote is unclear`;
  const record = {
    by: "agent",
    reason: `${SECRET} asks for it`,
    proposal: null,
    verdicts: [{ rule: "four_eyes", verdict: "escalate", reason: `${SECRET} asked` }],
    policyVersion: "policy_1",
    agent: {
      agent: "router",
      model: "claude-haiku-5-5",
      promptHash: "hash_1",
      projection: `{"text":"${SECRET}"}`,
      rawAnswer: `{"why":"${SECRET}"}`,
      requestId: "req_1",
      usage: { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4 },
    },
  } as const;
  await ledger.recordDecisions([
    { factRowKey: KEY, eventId: EVENT, grant: null, decision: { kind: "action", action, caseReason, record } },
  ] as unknown as Parameters<typeof ledger.recordDecisions>[0]);
  await ledger.putActions([newAction(action, { caseReason, caseAbout: ABOUT_NOTHING, eventId: EVENT })]);
  const outcome = { kind: "action", actionId: action.id, subject: action.subject, reason: `${SECRET} asked` } as const;
  await ledger.close([{ id: EVENT, outcome, factRowKey: KEY }]);
  await world.answerCase(1);
  await act("case.note", 1, `${SECRET} rang`);
}

async function act(what: "case.note", n: number, text: string): Promise<void> {
  const wanted = { what, about: CASE, n, by: ANNA, key: `k${n}`, text, at: 2_000, mode: "test" } as const;
  const recorded = await recordAct(world.ledger, wanted);
  if (recorded.kind !== "recorded") throw new Error(recorded.kind);
  await applyCaseAct(world.database(), recorded.event, n);
  await appendToAudit({ audit: world.audit, records: world.database() }, [recorded.event]);
}

const redact = (id: string, more: object = {}) => world.post<RedactedAnswer>("/api/redact", { id, ...more });
const D1 = ["cases", "case_notes", "case_links", "dead_letters", "audit", "people"];
/** Everything that any store has on disk. */
const everywhere = (): string =>
  [world.dump(), ...D1.map((table) => JSON.stringify(world.tableOf(table))), world.dumpAudit()].join("\n");

describe("a redaction", () => {
  it.each([
    ["of the case", CASE],
    ["of its event", EVENT],
    ["of its action", action.id],
    ["of the customer", "cus_1"],
    ["of the payment", "pi_1"],
  ])("%s removes what was written from every store: the ledger, D1, and the audit never had it", async (_what, id) => {
    await aCase();
    expect(everywhere()).toContain(SECRET);
    const answer = await redact(id, { evenOpen: true });
    expect(answer.refused).toEqual([]);
    expect(answer.redacted).toMatchObject({ actions: 1, decisions: 1, cases: 1, notes: 1 });
    expect(everywhere()).not.toContain(SECRET);
    expect(await world.ledger.rawOf(EVENT)).toBeNull();
    expect(await world.ledger.rawOf(actEventId(CASE, 1))).toBeNull();
    expect(await world.ledger.conflictsOf(EVENT)).toEqual([]);
  });

  it("leaves the record: ids, amounts, states, who decided, and says that the text was removed by a redaction", async () => {
    await aCase();
    await redact(CASE, { evenOpen: true });
    const trace = await world.ledger.trace(EVENT);
    expect(trace?.event.event).toMatchObject({ id: EVENT, customer: "cus_1", payment: "pi_1" });
    expect(trace?.action).toMatchObject({ state: "case_open", action });
    expect(trace?.event.history.at(-1)).toMatchObject({ what: "text removed", detail: "by a redaction" });
    expect(world.tableOf("cases")).toMatchObject([{ id: CASE, state: "open", reason: "[removed]", version: 1 }]);
    expect((await world.ledger.eventView(actEventId(CASE, 1)))?.event.act).toMatchObject({
      what: "case.note",
      by: ANNA,
    });
  });

  it("is an act of a person, and the audit verifies afterwards", async () => {
    await aCase();
    const { act: id } = await redact("cus_1", { evenOpen: true, reason: "asked by letter" });
    expect((await world.ledger.eventView(id ?? ""))?.event).toMatchObject({
      type: "countersign.act",
      text: "asked by letter",
      act: { what: "text.redact", about: "cus_1", by: { name: "first admin" }, after: { evenOpen: true, events: 1 } },
    });
    const verified = await verifyAudit(null, { audit: world.audit, records: world.database() }, world.audit.keys);
    expect(verified).toMatchObject({ done: 2, of: 2, findings: [] });
  });

  it("the same again changes nothing", async () => {
    await aCase();
    world.clock.now += 1_000;
    await redact(CASE, { evenOpen: true });
    world.clock.now += 1_000;
    const before = await world.ledger.trace(EVENT);
    await redact(CASE, { evenOpen: true });
    expect(await world.ledger.trace(EVENT)).toEqual(before);
    await world.rebuild();
    expect(everywhere()).not.toContain(SECRET);
  });

  it("a rebuild of D1 brings no text back", async () => {
    await aCase();
    await redact(CASE, { evenOpen: true });
    world.lose();
    await world.rebuild();
    expect(world.tableOf("cases")).toHaveLength(1);
    expect(world.tableOf("case_notes")).toHaveLength(1);
    expect(everywhere()).not.toContain(SECRET);
  });

  it("of a case on somebody's desk is refused with words, and removes nothing, unless it is asked for", async () => {
    await aCase();
    const { refused, redacted } = await redact("cus_1");
    expect(refused).toEqual([{ id: action.id, why: "open", says: expect.stringContaining("decide it first") }]);
    expect(redacted).toMatchObject({ events: 0, actions: 0, cases: 0 });
    expect((await world.ledger.eventView(EVENT))?.event.text).toContain(SECRET);
    expect(world.tableOf("case_notes")).toMatchObject([{ text: `${SECRET} rang` }]);
  });

  it("of what is not decided yet is refused, whatever is asked: its words are still to be read", async () => {
    const event = withTells({
      id: "api:r-2",
      type: "countersign.request",
      occurredAt: 1,
      mode: "test",
      lane: "live",
      text: SECRET,
    });
    await world.ledger.accept([{ event, raw: "{}", provenance: "keyed" }]);
    const { refused } = await redact("api:r-2", { evenOpen: true });
    expect(refused).toMatchObject([{ id: "api:r-2", why: "waits" }]);
    expect((await world.ledger.eventView("api:r-2"))?.event.text).toBe(SECRET);
  });

  it("of a dead letter takes its body and its reason too, and what was redacted is not sent again", async () => {
    await world.killEvent(7);
    const [letter] = world.rows().letters;
    const id = letter?.id ?? "";
    expect((await redact(id)).refused).toMatchObject([{ id, why: "open" }]);
    await world.discard([id], `${SECRET} was paid by hand`);
    expect((await redact(id, { evenOpen: true })).refused).toEqual([]);
    expect(everywhere()).not.toContain(SECRET);
    expect(world.tableOf("dead_letters")).toMatchObject([
      { state: "discarded", detail: "[removed]", discardReason: "[removed]" },
    ]);
    expect(await world.ledger.redrive({ kind: "event", id: "stripe:evt_7" }, "nonce")).toBe("not_dead");
  });

  it("of a dead event leaves its letter dead: a redrive says why, records nothing, and it can still be discarded", async () => {
    await world.killEvent(8);
    const id = world.rows().letters[0]?.id ?? "";
    expect((await redact("stripe:evt_8", { evenOpen: true })).refused).toEqual([]);
    const redriven = async () => (await world.redrive([id])).results[0]?.result;
    expect([await redriven(), await redriven()]).toEqual(["redacted", "redacted"]);
    expect(world.tableOf("dead_letters")).toMatchObject([{ state: "dead", redrives: 0 }]);
    expect(await world.ledger.eventView(`act:${id}:1`), "no act stands for what was not done").toBeNull();
    await world.discard([id], "gone");
    expect(world.tableOf("dead_letters")).toMatchObject([{ state: "discarded" }]);
  });

  it("of a message that names no row takes what the ledger keeps of it", async () => {
    await world.bury({ strange: SECRET }, "message-1");
    const id = world.rows().letters[0]?.id ?? "";
    await world.discard([id], "not ours");
    await redact(id);
    expect(everywhere()).not.toContain(SECRET);
  });

  it("goes on where D1 was away, when it is sent again", async () => {
    await aCase();
    world.through((whole) => ({
      prepare: (sql) => {
        if (sql.includes("UPDATE case_notes")) throw new Error("D1_ERROR: the database is away");
        return whole.prepare(sql);
      },
    }));
    await expect(redact(CASE, { evenOpen: true })).rejects.toThrow("503");
    world.through((whole) => whole);
    await redact(CASE, { evenOpen: true });
    expect(everywhere()).not.toContain(SECRET);
  });

  it("of an id that nothing has is missing", async () => {
    await expect(redact("cus_nobody")).rejects.toThrow("404");
  });

  it("what is old after RETENTION_DAYS is not written again by the chores", async () => {
    await aCase();
    await redact(CASE, { evenOpen: true });
    world.clock.now += 600 * DAY_MS;
    await world.chores();
    expect(everywhere()).not.toContain(SECRET);
  });
});
