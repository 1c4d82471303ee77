/** Whoever can write to D1, or to the ledger, and would be somebody who may approve. */
import { beforeEach, describe, expect, it } from "vitest";
import { sha256Hex } from "../../../shared/core/hash.ts";
import type { Database, Statement } from "../../../shared/records/database.ts";
import { dropPeople, type PersonRow, personById } from "../../../shared/records/people.ts";
import { knownPeople, vouchersOf } from "../../../workers/console/people/known.ts";
import { FIRST_TOKEN } from "../../helpers/console-door.ts";
import { type Answered, type Floor, openFloor } from "../../helpers/console-floor.ts";
import { createApprovalKey, peopleProofsOf } from "../../helpers/keys.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";

const LARGE = 200_000;
const OVER = { overrides: ["duplicate", "four_eyes", "confidence"] };
const MINE = `person_token_${"A".repeat(32)}`;
const ALSO_MINE = `person_token_${"B".repeat(32)}`;
let floor: Floor;
let ann: { id: string; token: string };
let ben: { id: string; token: string };
let id: string;

beforeEach(async () => {
  floor = await openFloor([paymentOf({ customer: "cus_1", capturedMinor: LARGE, amountMinor: LARGE })]);
  ann = await floor.add("Ann", ["approver"]);
  ben = await floor.add("Ben", ["approver"]);
  ({ id } = await floor.opens("Refund 1500 USD, charged twice.", { customer: "cus_1" }));
});

async function approve(token: string, key: string = crypto.randomUUID()): Promise<Answered> {
  const seen = await floor.shown(id, FIRST_TOKEN);
  return await floor.call(`/api/cases/${id}/approve`, { token, key, body: { ...seen, ...OVER } });
}
const me = (token: string) => floor.call("/api/me", { token });
const people = (of: string, act: "change" | "revoke", body: object, token = FIRST_TOKEN) =>
  floor.call(`/api/people/${of}/${act}`, { token, body });
async function nothingIsSent(): Promise<void> {
  await floor.pass(3_600_000);
  expect(floor.sent()).toEqual([]);
}
type Raw = Record<string, string | number | null>;
const rowOf = (of: string): Raw => ({ ...floor.sqlite.prepare("SELECT * FROM people WHERE id = ?").get(of) }) as Raw;
/** Whoever can write to D1. */
function write(row: Raw): void {
  const names = Object.keys(row);
  const marks = names.map(() => "?").join(", ");
  floor.sqlite
    .prepare(`INSERT OR REPLACE INTO people (${names.join(", ")}) VALUES (${marks})`)
    .run(...Object.values(row));
}
const digit = (n: number): string => `person_${String(n).repeat(32)}`;
async function ghost(n: number, token: string, changes: Raw = {}): Promise<string> {
  const identity = `token:${await sha256Hex(token)}`;
  const lists = { roles: '["approver"]', vouchedBy: "[]" };
  write({
    id: digit(n),
    name: `Ghost ${n}`,
    human: 1,
    identity,
    ...lists,
    acts: 1,
    addedAt: 1,
    revokedAt: null,
    ...changes,
  });
  return digit(n);
}
/** Whoever can write to the ledger: what `people.change` writes, in the name of the first admin. */
async function plant(of: string, n: number, after: object, what = "people.change"): Promise<string> {
  const event = `act:${of}:${n}`;
  const act = {
    what,
    by: { id: "person_first", name: "local admin" },
    about: of,
    key: "k",
    before: {},
    after,
    textHash: null,
  };
  const whole = { id: event, type: "countersign.act", occurredAt: floor.clock.now, mode: "test", lane: "live", act };
  await floor.ledger.accept([{ event: whole as never, raw: "{}", provenance: "own" }]);
  return event;
}
const stored = async (of: string): Promise<PersonRow> => {
  const row = await personById(floor.database, of);
  if (row === null) throw new Error(`no ${of}`);
  return row;
};
async function rebuild() {
  const unproven: string[] = [];
  for (let cursor: unknown = null; ; ) {
    const { status, json } = await floor.call("/api/records/rebuild", {
      token: FIRST_TOKEN,
      body: cursor === null ? {} : { cursor },
    });
    expect(status).toBe(200);
    unproven.push(...(json.unproven as string[]));
    cursor = json.next;
    if (cursor === null) return { unproven };
  }
}
/** D1 with other rows in the list of people, and the true ones one by one. */
function listing(database: Database, change: (row: object) => object): Database {
  const wrap = (inner: Statement): Statement => ({
    ...inner,
    bind: (...values) => wrap(inner.bind(...values)),
    first: <Row>() => inner.first<Row>(),
    run: () => inner.run(),
    all: async <Row>() => ({ results: (await inner.all<object>()).results.map(change) as Row[] }),
  });
  return {
    prepare: (sql) => (/FROM people WHERE id > /.test(sql) ? wrap(database.prepare(sql)) : database.prepare(sql)),
  };
}
const around = () => ({ access: null, firstAdmin: "local admin", people: floor.proofs, log: () => undefined });
const alarmsOf = (of: string) =>
  floor.alarms.filter(({ what, id: named }) => what === "person.unproven" && named === of);

describe("a row that somebody has put into D1", () => {
  it("lets nobody in: two of them approve nothing, and each is told of and says what to do", async () => {
    const one = await ghost(1, MINE);
    const two = await ghost(2, ALSO_MINE);
    for (const [token, of] of [
      [MINE, one],
      [ALSO_MINE, two],
    ] as const) {
      const refused = await approve(token);
      expect(refused.status).toBe(403);
      expect(refused.json.detail).toContain(of);
      expect(refused.json.detail).toContain("npx countersign records rebuild");
      expect(refused.json.detail).toContain("Tell whoever looks after the deployment");
      expect((await me(token)).status).toBe(403);
      expect(alarmsOf(of).length).toBeGreaterThan(0);
    }
    await nothingIsSent();
  });

  it("with the proof of another, or of the same one in other words, lets nobody in", async () => {
    const { proof = null } = rowOf(ann.id);
    expect(proof).toMatch(/^[0-9a-f]{128}$/);
    await ghost(1, MINE, { proof });
    expect((await me(MINE)).status).toBe(403);
    const real = rowOf(ann.id);
    const identity = `token:${await sha256Hex(MINE)}`;
    for (const changes of [
      { name: "Bob" },
      { human: 0 },
      { roles: '["approver","admin"]' },
      { vouchedBy: "[]" },
      { acts: 2 },
      { addedAt: 1 },
      { revokedAt: 1 },
      { proof: null },
      { proof: "" },
      { proof: `${"0".repeat(128)}` },
    ]) {
      write({ ...real, ...changes });
      expect((await me(ann.token)).status, JSON.stringify(changes)).toBe(403);
      expect((await me(ann.token)).json.detail).toContain("has not proven");
    }
    write({ ...real, identity });
    expect((await me(MINE)).status).toBe(403);
    write(real);
    expect((await me(ann.token)).status).toBe(200);
  });

  it("counts as nobody's yes: the first of two is no more one once somebody has changed their row", async () => {
    expect((await approve(ann.token)).json).toMatchObject({ kind: "half" });
    write({ ...rowOf(ann.id), vouchedBy: "[]" });
    expect((await approve(ben.token)).json).toMatchObject({ kind: "half", approvers: ["Ben"] });
    await nothingIsSent();
  });

  it("hides no puppet, also where D1 says otherwise only while the list of all is read", async () => {
    const zed = await floor.add("Zed", ["admin", "approver"]);
    const puppet = await floor.add("Puppet", ["approver"], zed.token);
    expect((await approve(puppet.token)).json.kind).toBe("half");
    floor.through(listing(floor.database, (row) => ({ ...row, vouchedBy: "[]" })));
    const refused = await approve(zed.token);
    expect([refused.status, refused.json.detail]).toEqual([503, expect.stringContaining("Puppet")]);
    floor.through(floor.database);
    expect((await approve(zed.token)).status).toBe(409);
    await nothingIsSent();
  });

  it("is not what an admin changes or gives back: nothing of it is proven by that", async () => {
    const of = await ghost(1, MINE);
    for (const answer of [await people(of, "change", { roles: ["viewer"] }), await people(of, "revoke", {})]) {
      expect([answer.status, answer.json.detail]).toEqual([409, expect.stringContaining("records rebuild")]);
    }
    expect(await floor.ledger.eventView(`act:${of}:2`)).toBeNull();
    expect((await me(MINE)).status).toBe(403);
  });

  it("is given no work", async () => {
    const of = await ghost(1, MINE, { roles: '["reviewer"]' });
    const { status, json } = await floor.call(`/api/cases/${id}/assign`, { token: FIRST_TOKEN, body: { to: of } });
    expect([status, json.detail]).toEqual([400, expect.stringContaining("there is no person")]);
    expect(await knownPeople(around(), floor.consoleDeps)(of)).toBeNull();
  });

  it("says of nobody who has vouched for them: the four eyes of policy ask for that", async () => {
    const before = rowOf(ann.id);
    const vouchers = vouchersOf(around(), floor.consoleDeps);
    write({ ...before, vouchedBy: "[]" });
    expect(await vouchers(ann.id)).toBeNull();
    write(before);
    expect(await vouchers(ann.id)).toEqual(["person_first"]);
    await people(ann.id, "change", { newToken: true });
    write(before);
    await expect(vouchers(ann.id)).rejects.toThrow("records rebuild");
  });
});

describe("a row of before that somebody has put back", () => {
  it("un-revokes nobody: without its proof it is no row, and with it the ledger knows more", async () => {
    const before = rowOf(ann.id);
    await people(ann.id, "revoke", {});
    write({ ...rowOf(ann.id), revokedAt: null });
    expect((await approve(ann.token)).status).toBe(403);
    write(before);
    const late = await approve(ann.token);
    expect([late.status, late.json.detail]).toEqual([503, expect.stringContaining("npx countersign records rebuild")]);
    await nothingIsSent();
    await rebuild();
    expect((await approve(ann.token)).json.detail).toContain("Ann was revoked on");
  });

  it("gives back no role, nor a half-given yes with it", async () => {
    const before = rowOf(ann.id);
    expect((await approve(ann.token)).json.kind).toBe("half");
    await people(ann.id, "change", { roles: ["viewer"] });
    write(before);
    expect((await approve(ann.token)).status).toBe(503);
    const other = await approve(ben.token);
    expect([other.status, other.json.detail]).toEqual([503, expect.stringContaining("Ann")]);
    await nothingIsSent();
    await rebuild();
    expect((await approve(ben.token)).json).toMatchObject({ kind: "half", approvers: ["Ben"] });
    await nothingIsSent();
  });

  it("lets nobody add people or publish policy, and does for the rest", async () => {
    const zed = await floor.add("Zed", ["admin"]);
    const before = rowOf(zed.id);
    await people(zed.id, "revoke", {});
    write(before);
    const body = { name: "Puppet", roles: ["approver"] };
    expect((await floor.call("/api/people", { token: zed.token, body })).status).toBe(503);
    const over = "0".repeat(32);
    expect((await floor.call("/api/policy/publish", { token: zed.token, body: { version: over, over } })).status).toBe(
      503,
    );
    expect((await me(zed.token)).status).toBe(200);
  });
});

describe("an act about a person that somebody has put into the ledger", () => {
  it("makes nobody an approver by a rebuild, which refuses it, goes on, and leaves the audit without it", async () => {
    const viewer = await floor.add("Vi", ["viewer"]);
    const { id: _id, acts: _acts, proof, ...was } = await stored(viewer.id);
    const planted = [
      await plant(viewer.id, 2, { ...was, roles: ["viewer", "approver"] }),
      await plant(viewer.id, 3, { ...was, roles: ["viewer", "approver"], proof }),
      await plant(viewer.id, 4, { roles: ["approver"] }),
      await plant(
        digit(7),
        1,
        { ...was, identity: `token:${await sha256Hex(MINE)}`, roles: ["approver"] },
        "people.add",
      ),
    ];
    floor.sqlite.exec(`DELETE FROM people WHERE id = '${ann.id}'`);
    const { unproven } = await rebuild();
    expect(unproven.sort()).toEqual([...planted].sort());
    expect((await stored(viewer.id)).roles).toEqual(["viewer"]);
    expect((await approve(viewer.token)).status).toBe(403);
    expect((await me(MINE)).status).toBe(401);
    expect((await me(ann.token)).status).toBe(200);
    const audited = (await floor.audit.entries(0, 100)).map(({ event }) => event);
    expect(audited.filter((event) => planted.includes(event))).toEqual([]);
    expect(floor.alarms).toContainEqual({ what: "person.unproven", id: viewer.id, event: planted[0] });
  });

  it("shuts out nobody: it is passed over when they approve, and when they are changed", async () => {
    const { id: _id, acts: _acts, proof: _proof, ...was } = await stored(ann.id);
    await plant(ann.id, 2, { ...was, roles: ["admin"] });
    expect((await approve(ann.token)).json.kind).toBe("half");
    expect((await people(ann.id, "change", { roles: ["viewer"] })).json).toMatchObject({
      result: "done",
      event: `act:${ann.id}:3`,
    });
    expect((await stored(ann.id)).roles).toEqual(["viewer"]);
    expect((await floor.actsOf(ann.id)).audited).toEqual(["people.add", "people.change"]);
    // And a row of before is behind all the same.
    expect((await approve(ben.token)).json).toMatchObject({ kind: "half", approvers: ["Ben"] });
  });

  it("behind which ours stands hides it from nobody", async () => {
    const { id: _id, acts: _acts, proof: _proof, ...was } = await stored(ann.id);
    const before = rowOf(ann.id);
    await plant(ann.id, 2, was);
    await people(ann.id, "revoke", {});
    write(before);
    expect((await approve(ann.token)).status).toBe(503);
  });

  it("so often that nobody can tell is a 503 that says where to look", async () => {
    for (let n = 2; n <= 102; n++) await plant(ann.id, n, {});
    const { status, json } = await approve(ann.token);
    expect([status, json.detail]).toEqual([503, expect.stringContaining("person.unproven")]);
  });
});

describe("a rebuild", () => {
  it("takes away rows that nobody has proven, and writes what acts of ours say, whatever number theirs have", async () => {
    const real = rowOf(ann.id);
    const of = await ghost(1, MINE);
    write({ ...real, roles: '["approver","admin"]', acts: 90 });
    expect(await rebuild()).toEqual({ unproven: [ann.id, of].sort() });
    expect(await personById(floor.database, of)).toBeNull();
    expect(rowOf(ann.id)).toEqual(real);
    expect((await me(ann.token)).json).toMatchObject({ roles: ["approver"] });
    expect(await rebuild()).toEqual({ unproven: [] });
  });

  it("removes no row that an act of ours has written meanwhile", async () => {
    const ghostly = { ...(await stored(ann.id)), proof: null };
    await dropPeople(floor.database, [ghostly]);
    expect((await me(ann.token)).status).toBe(200);
    write({ ...rowOf(ann.id), proof: null });
    await dropPeople(floor.database, [ghostly]);
    expect((await me(ann.token)).status).toBe(401);
  });

  it("brings back whose identity another row has taken", async () => {
    const real = rowOf(ann.id);
    floor.sqlite.exec(`DELETE FROM people WHERE id = '${ann.id}'`);
    write({ ...real, id: digit(3), roles: '["admin"]' });
    expect(await rebuild()).toEqual({ unproven: [digit(3)] });
    expect(rowOf(ann.id)).toEqual(real);
    expect((await me(ann.token)).json.id).toBe(ann.id);
  });
});

describe("another key of approvals", () => {
  it("leaves people as they are while the one of before is in the list, active or retired", async () => {
    const next = await createApprovalKey("approval-2");
    floor.restart(await peopleProofsOf(next, [{ ...floor.approvals.publicKey, retired: true }]));
    expect((await me(ann.token)).status).toBe(200);
    expect((await approve(ann.token)).json.kind).toBe("half");
    // Whoever is changed now is proven by the new one alone.
    await people(ann.id, "change", { roles: ["approver", "operator"] });
    floor.restart(await peopleProofsOf(next));
    expect((await me(ann.token)).status).toBe(200);
    const refused = await me(ben.token);
    expect([refused.status, refused.json.detail]).toEqual([403, expect.stringContaining("records rebuild")]);
    floor.restart(await peopleProofsOf(next, [floor.approvals.publicKey]));
    expect((await me(ben.token)).status).toBe(200);
  });

  it("in place of a revoked one believes nobody of before, and they are added again", async () => {
    const next = await createApprovalKey("approval-2");
    floor.restart(await peopleProofsOf(next, [{ ...floor.approvals.publicKey, revoked: true }]));
    expect((await me(ann.token)).status).toBe(403);
    const { unproven } = await rebuild();
    expect(unproven).toEqual(expect.arrayContaining([ann.id, `act:${ann.id}:1`]));
    const again = await floor.add("Ann", ["approver"]);
    expect((await me(again.token)).status).toBe(200);
  });
});
