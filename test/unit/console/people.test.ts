import { beforeEach, describe, expect, it } from "vitest";
import { isAnother, type Person } from "../../../shared/contracts/people.ts";
import { personById, personOfAct, putPerson } from "../../../shared/records/people.ts";
import { knownPeople, vouchersOf } from "../../../workers/console/people/known.ts";
import { createConsoleDoor, FIRST_TOKEN } from "../../helpers/console-door.ts";
import { createRecords, failing } from "../../helpers/d1.ts";
import { readTogether } from "../../helpers/read-together.ts";

let door = createConsoleDoor();
beforeEach(() => {
  door = createConsoleDoor();
});

const byFirst = (path: string, body: unknown, key?: string) =>
  door.call(path, { token: FIRST_TOKEN, body, ...(key === undefined ? {} : { key }) });
const change = (id: string, body: object, token = FIRST_TOKEN) =>
  door.call(`/api/people/${id}/change`, { token, body });
const revoke = (id: string, token = FIRST_TOKEN) => door.call(`/api/people/${id}/revoke`, { token, body: {} });
const stored = async (id: string): Promise<Person> => {
  const row = await personById(door.database, id);
  if (row === null) throw new Error(`no ${id}`);
  return row;
};

describe("a person with a local token", () => {
  it("is known by it, and each act of theirs has their name", async () => {
    const dana = await door.add("Dana", ["operator", "viewer"]);
    expect((await door.call("/api/me", { token: dana.token })).json).toEqual({
      id: dana.id,
      name: "Dana",
      human: true,
      roles: ["viewer", "operator"],
    });
  });

  it("gets a token that is stored nowhere, but for its hash", async () => {
    const { token } = await door.add("Dana", ["viewer"]);
    expect(token).toMatch(/^person_token_[A-Za-z0-9_-]{32}$/);
    const everything = JSON.stringify([
      door.sqlite.prepare("SELECT * FROM people").all(),
      await door.ledger
        .recent({ limit: 10 })
        .then((items) => Promise.all(items.map(({ id }) => door.ledger.trace(id)))),
      (await door.call("/api/people", { token: FIRST_TOKEN })).json,
    ]);
    expect(everything).not.toContain(token.slice("person_token_".length));
    expect(everything).toContain('"identity":"token:');
    expect((await door.call("/api/people", { token: FIRST_TOKEN })).text).not.toContain("token:");
  });

  it("is listed behind the first admin of the configuration", async () => {
    const { id } = await door.add("Dana", ["viewer"]);
    const { json } = await door.call("/api/people", { token: FIRST_TOKEN });
    expect(json).toMatchObject({
      items: [
        { id: "person_first", name: "local admin", roles: ["admin", "reviewer", "operator"] },
        { id, name: "Dana", human: true, roles: ["viewer"], vouchedBy: ["person_first"], revokedAt: null },
      ],
      next: null,
    });
  });

  it("and was revoked is out with the next request", async () => {
    const { id, token } = await door.add("Dana", ["operator"]);
    expect((await door.call("/api/totals", { token })).status).toBe(200);
    expect((await revoke(id)).json).toMatchObject({ result: "done", person: { revokedAt: door.clock.now } });
    const { status, json } = await door.call("/api/totals", { token });
    expect([status, json.detail]).toEqual([403, expect.stringContaining("Dana was revoked on")]);
  });

  it("and was given another token is out with the old one", async () => {
    const { id, token } = await door.add("Dana", ["viewer"]);
    const { json } = await change(id, { newToken: true });
    const old = await door.call("/api/me", { token });
    expect([old.status, old.json.detail]).toEqual([401, expect.stringContaining("replaced by a newer one")]);
    expect(old.json.detail).toContain("people change NAME --new-token");
    // In the same words as a token that never was: nobody learns by them which one was.
    expect(old.text).toBe((await door.call("/api/me", { token: `person_token_${"B".repeat(32)}` })).text);
    expect((await door.call("/api/me", { token: String(json.token) })).json.id).toBe(id);
  });

  it("that nobody was given is a 401, as any other", async () => {
    const token = `person_token_${"A".repeat(32)}`;
    expect((await door.call("/api/me", { token })).status).toBe(401);
    expect((await door.call("/api/me", { token: "person_first" })).status).toBe(401);
    expect((await door.call("/api/me")).status).toBe(401);
  });

  it("cannot be known while D1 is away, and is told so; the first admin can", async () => {
    const { token } = await door.add("Dana", ["viewer"]);
    door.through(failing(door.database, () => true, "before"));
    expect((await door.call("/api/me", { token })).status).toBe(503);
    expect((await door.call("/api/me", { token: FIRST_TOKEN })).status).toBe(200);
  });
});

describe("roles", () => {
  it("that are missing are a 403 that names the role and how it is given", async () => {
    const { id, token } = await door.add("Dana", ["viewer"]);
    const { status, json } = await door.call("/api/holds", { token, body: { scope: "all", reason: "x" } });
    expect(status).toBe(403);
    expect(json.detail).toContain("Dana lacks the role operator");
    expect(json.detail).toContain(`npx countersign people change ${id} --role viewer,operator`);
    expect(await door.gate.holds()).toEqual([]);
  });

  it("are checked before what was sent: who may not, learns nothing of the form", async () => {
    const { token } = await door.add("Dana", ["viewer"]);
    expect((await door.call("/api/holds", { token, body: { wrong: true } })).status).toBe(403);
  });

  it("given in place of others count from the next request", async () => {
    const { id, token } = await door.add("Dana", ["viewer"]);
    await change(id, { roles: ["operator"] });
    expect((await door.call("/api/holds", { token, body: { scope: "all", reason: "x" } })).status).toBe(200);
    await change(id, { roles: ["viewer"] });
    expect((await door.call("/api/holds/lift", { token, body: { scope: "all" } })).status).toBe(403);
  });

  it("are not changed by whoever has them, nor do people revoke themselves: so the last admin stays", async () => {
    const { id, token } = await door.add("Ada", ["admin"]);
    for (const answer of [await change(id, { roles: ["admin", "approver"] }, token), await revoke(id, token)])
      expect([answer.status, answer.json.detail]).toEqual([409, expect.stringContaining("another admin must do it")]);
    expect((await stored(id)).roles).toEqual(["admin"]);
  });

  it("of the first admin are those of the configuration, whoever asks", async () => {
    const { token } = await door.add("Ada", ["admin"]);
    for (const answer of [
      await change("person_first", { roles: ["approver"] }, token),
      await revoke("person_first", token),
    ])
      expect([answer.status, answer.json.detail]).toEqual([409, expect.stringContaining("FIRST_ADMIN")]);
    expect((await door.call("/api/me", { token: FIRST_TOKEN })).status).toBe(200);
  });
});

describe("work", () => {
  it("is given to people who may act, by their id, and to nobody else", async () => {
    const { id } = await door.add("Dana", ["reviewer"]);
    const around = { access: null, firstAdmin: "local admin", people: door.proofs, log: () => undefined };
    const vouchers = vouchersOf(around, { records: door.database, ledger: door.ledger });
    expect(await vouchers(id)).toEqual((await personById(door.database, id))?.vouchedBy);
    expect([await vouchers("person_first"), await vouchers("person_nobody")]).toEqual([[], null]);
    const personOf = knownPeople(around, { records: door.database });
    expect(await personOf(id)).toEqual({ id, name: "Dana" });
    expect(await personOf("person_first")).toEqual({ id: "person_first", name: "local admin" });
    await revoke(id);
    expect([await personOf(id), await personOf("Dana"), await personOf("")]).toEqual([null, null, null]);
  });
});

describe("who vouched for a person", () => {
  it("grows with whoever added them and with whoever gave them a role, and never shrinks", async () => {
    const ada = await door.add("Ada", ["admin"]);
    const dana = await door.add("Dana", ["reviewer"]);
    expect((await stored(dana.id)).vouchedBy).toEqual(["person_first"]);
    await change(dana.id, { roles: ["viewer"] }, ada.token);
    expect((await stored(dana.id)).vouchedBy).toEqual(["person_first"]);
    await change(dana.id, { roles: ["approver"] }, ada.token);
    await change(dana.id, { roles: ["viewer"] });
    expect((await stored(dana.id)).vouchedBy).toEqual(["person_first", ada.id]);
    expect(isAnother(await stored(dana.id), await stored(ada.id))).toBe(false);
  });

  it("has those who vouched for the one who does: nobody makes another person by way of a second one", async () => {
    const ada = await door.add("Ada", ["admin"]);
    const own = await door.add("Ada's helper", ["admin"], {}, ada.token);
    const dana = await door.add("Dana", ["approver"], {}, own.token);
    expect((await stored(dana.id)).vouchedBy).toEqual(["person_first", ada.id, own.id]);
    expect(isAnother(await stored(dana.id), await stored(ada.id))).toBe(false);
    const bea = await door.add("Bea", ["approver"]);
    expect(isAnother(await stored(dana.id), await stored(bea.id))).toBe(true);
  });

  it("has whoever made a token for them, who could use it", async () => {
    const ada = await door.add("Ada", ["admin"]);
    const dana = await door.add("Dana", ["approver"]);
    await change(dana.id, { newToken: true }, ada.token);
    expect((await stored(dana.id)).vouchedBy).toEqual(["person_first", ada.id]);
  });

  it("leaves two whom a third has added two pairs of eyes", async () => {
    const [one, other] = [await door.add("Dana", ["approver"]), await door.add("Eli", ["approver"])];
    expect(isAnother(await stored(one.id), await stored(other.id))).toBe(true);
  });
});

describe("an act about a person", () => {
  it("is in the ledger in the name of whoever did it, with what was and what is, and why", async () => {
    const ada = await door.add("Ada", ["admin"]);
    const dana = await door.add("Dana", ["viewer"]);
    await door.call(`/api/people/${dana.id}/change`, {
      token: ada.token,
      body: { roles: ["reviewer"], reason: "she works cases now; call +49 151 23456789" },
    });
    const event = (await door.ledger.eventView(`act:${dana.id}:2`))?.event;
    expect(event).toMatchObject({
      type: "countersign.act",
      act: {
        what: "people.change",
        by: { id: ada.id, name: "Ada" },
        about: dana.id,
        before: { roles: ["viewer"], vouchedBy: ["person_first"] },
        after: { roles: ["reviewer"], vouchedBy: ["person_first", ada.id] },
      },
    });
    expect(event?.text).toContain("she works cases now");
    expect(event?.text).not.toContain("23456789");
    expect((await door.ledger.trace(`act:${dana.id}:2`))?.terminal).toBe(true);
  });

  it("has its entry in the audit, once, also of somebody who died before it", async () => {
    const { id } = await door.add("Dana", ["viewer"]);
    const ada = await door.add("Ada", ["admin"]);
    door.through(failing(door.database, (sql) => sql.startsWith("INSERT"), "before"));
    await change(id, { roles: ["reviewer"] }, ada.token);
    door.through(door.database);
    await change(id, { roles: ["operator"] });
    await revoke(id);
    const entries = door.sqlite.prepare(`SELECT * FROM audit WHERE about = '${id}' ORDER BY n`).all();
    expect(entries).toMatchObject([
      { what: "people.add", event: `act:${id}:1` },
      { what: "people.change", event: `act:${id}:2` },
      { what: "people.revoke", event: `act:${id}:3` },
    ]);
    expect(JSON.stringify(entries[1])).toContain(ada.id);
  });

  it("restores the person by itself, in whatever order acts are read", async () => {
    const { id } = await door.add("Dana", ["viewer"]);
    await change(id, { roles: ["operator"] });
    await revoke(id);
    const acts = await Promise.all([1, 2, 3].map((n) => door.ledger.eventView(`act:${id}:${n}`)));
    const rows = acts.map((view) => (view === null ? null : personOfAct(view.event)));
    const { database } = createRecords();
    for (const row of [rows[2], rows[0], rows[1]]) if (row != null) await putPerson(database, row);
    expect(await personById(database, id)).toEqual(await stored(id));
  });

  it("sent again under its key is the same act, and no second token is made", async () => {
    const body = { name: "Dana", roles: ["viewer"] };
    const first = await byFirst("/api/people", body, "add-dana");
    const again = await byFirst("/api/people", body, "add-dana");
    expect(again.json).toMatchObject({ result: "done_before", token: null, event: first.json.event });
    expect(again.json.person).toEqual(first.json.person);
    expect((await door.call("/api/me", { token: String(first.json.token) })).status).toBe(200);
  });

  it("cut short before D1 goes on when it is sent again, and D1 has nothing that the ledger has not", async () => {
    const body = { name: "Dana", roles: ["viewer"] };
    door.broken.add("accept");
    expect((await byFirst("/api/people", body, "k")).status).toBe(503);
    expect(door.sqlite.prepare("SELECT * FROM people").all()).toEqual([]);
    door.broken.clear();
    door.through(failing(door.database, (sql) => sql.startsWith("INSERT"), "before"));
    expect((await byFirst("/api/people", body, "k")).status).toBe(503);
    door.through(door.database);
    expect((await byFirst("/api/people", body, "k")).json).toMatchObject({ person: { name: "Dana" } });
    expect(door.sqlite.prepare("SELECT acts FROM people").all()).toEqual([{ acts: 1 }]);
  });

  it("of somebody who died before D1 heard of it is done for them, and the other is told to look again", async () => {
    const { id } = await door.add("Dana", ["viewer"]);
    const ada = await door.add("Ada", ["admin"]);
    door.through(failing(door.database, (sql) => sql.startsWith("INSERT"), "before"));
    expect((await change(id, { roles: ["reviewer"] }, ada.token)).status).toBe(503);
    door.through(door.database);
    const { status, json } = await change(id, { roles: ["operator"] });
    expect([status, json.detail]).toEqual([409, expect.stringContaining("Somebody else changed this person")]);
    expect((await stored(id)).roles).toEqual(["reviewer"]);
    expect((await change(id, { roles: ["operator"] })).status).toBe(200);
  });

  it("of two admins at once stands once; the other hears of it", async () => {
    const { id } = await door.add("Dana", ["viewer"]);
    const ada = await door.add("Ada", ["admin"]);
    door.through(readTogether(door.database, 2, "FROM people WHERE id = ?"));
    const answers = await Promise.all([
      change(id, { roles: ["reviewer"] }),
      change(id, { roles: ["operator"] }, ada.token),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const { roles } = await stored(id);
    expect(answers.map(({ json }) => (json.person as Person | undefined)?.roles ?? roles)).toEqual([roles, roles]);
  });
});

describe("what cannot be done", () => {
  it.each([
    [{ name: "", roles: ["viewer"] }, "name"],
    [{ name: "x".repeat(101), roles: ["viewer"] }, "name"],
    [{ name: "a\u202eb", roles: ["viewer"] }, "a character that nobody can see"],
    [{ name: "Dana", roles: [] }, "roles: name at least one"],
    [{ name: "Dana", roles: ["boss"] }, "roles"],
    [{ name: "Dana" }, "roles"],
    [{ name: "Dana", roles: ["viewer"], subject: "s" }, "local tokens"],
    [{ name: "Dana", roles: ["viewer"], human: false }, "human"],
    [{ name: "Dana", roles: ["viewer"], vouchedBy: [] }, "vouchedBy"],
  ])("%j is a 400 that names what is wrong, and nobody is added", async (body, wrong) => {
    const { status, json } = await byFirst("/api/people", body);
    expect([status, json.detail]).toEqual([400, expect.stringContaining(wrong)]);
    expect(door.sqlite.prepare("SELECT * FROM people").all()).toEqual([]);
  });

  it("two people of one name are a 409: nobody could tell them apart; a revoked one's name is free", async () => {
    const { id } = await door.add("Dana", ["viewer"]);
    expect((await byFirst("/api/people", { name: "Dana", roles: ["viewer"] })).status).toBe(409);
    await revoke(id);
    expect((await byFirst("/api/people", { name: "Dana", roles: ["viewer"] })).status).toBe(200);
  });

  it("a change of nobody is a 404, of nothing a 400, of a revoked one a 409", async () => {
    const { id } = await door.add("Dana", ["viewer"]);
    expect((await change(`person_${"0".repeat(32)}`, { roles: ["viewer"] })).status).toBe(404);
    expect((await change(id, {})).status).toBe(400);
    await revoke(id);
    expect((await change(id, { roles: ["viewer"] })).status).toBe(409);
    expect((await revoke(id)).status).toBe(409);
  });

  it("an Idempotency-Key that is none is a 400, and nobody is added", async () => {
    expect((await byFirst("/api/people", { name: "Dana", roles: ["viewer"] }, "x".repeat(256))).status).toBe(400);
    expect(door.sqlite.prepare("SELECT * FROM people").all()).toEqual([]);
  });
});

it("each look at the table of people is served by an index", () => {
  const plan = (sql: string): string => JSON.stringify(door.sqlite.prepare(`EXPLAIN QUERY PLAN ${sql}`).all());
  expect(plan("SELECT id FROM people WHERE identity = 'x'")).toContain("people_by_identity");
  expect(plan("SELECT id FROM people WHERE nameKey = 'x' AND revokedAt IS NULL")).toContain("people_by_name_key");
  expect(plan("SELECT id FROM people WHERE revokedAt IS NULL AND nameKey IS NULL")).toContain(
    "people_without_name_key",
  );
  expect(plan("SELECT * FROM people WHERE id > 'x' ORDER BY id LIMIT 5")).toMatch(/SEARCH people USING INDEX/);
});
