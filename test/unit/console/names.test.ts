import { beforeEach, describe, expect, it } from "vitest";
import { openCase } from "../../../shared/records/cases.ts";
import { peopleNamed, personById, personOfAct, putPerson } from "../../../shared/records/people.ts";
import { caseRow } from "../../helpers/case-rows.ts";
import { createConsoleDoor, FIRST_TOKEN, type Told } from "../../helpers/console-door.ts";
import { createRecords, failing } from "../../helpers/d1.ts";
import { readTogether } from "../../helpers/read-together.ts";

let door = createConsoleDoor();
beforeEach(() => {
  door = createConsoleDoor();
});

const add = (body: object, key?: string): Promise<Told> =>
  door.call("/api/people", { token: FIRST_TOKEN, body, ...(key === undefined ? {} : { key }) });
const named = (name: string, key?: string) => add({ name, roles: ["viewer"] }, key);
const active = () => door.sqlite.prepare("SELECT id FROM people WHERE revokedAt IS NULL").all();
/** As a row of before names were told apart. */
const unkeyed = (id: string) => door.sqlite.prepare("UPDATE people SET nameKey = NULL WHERE id = ?").run(id);

describe("a name", () => {
  it.each(["AP2", "\u0430\u04402", "\uff41\uff50\uff12", "  ap2 "])(
    "that looks like another's is a 409 that says who has it: %j",
    async (name) => {
      const { id } = await door.add("ap2", ["viewer"]);
      const { status, json } = await named(name);
      expect([status, json.detail]).toEqual([409, expect.stringContaining(`There is a ap2 already (${id})`)]);
      expect(active()).toEqual([{ id }]);
    },
  );

  it("is free again once whoever had it is revoked, and stands as it was given", async () => {
    const { id } = await door.add("ap2", ["viewer"]);
    await door.call(`/api/people/${id}/revoke`, { token: FIRST_TOKEN, body: {} });
    expect((await named("AP2")).json).toMatchObject({ person: { name: "AP2" } });
  });

  it.each([
    ["ap2\u3164", "name: has a character that nobody can see"],
    ["\u0430p2", "name: has letters of several scripts in one word"],
    ["Local\u00a0Admin", "name: is that of the first admin"],
    ["policy", "name: is a word that commands use"],
    ["me", "name: is a word that commands use"],
    [`person_${"0".repeat(32)}`, "name: looks like an id"],
  ])("that hides somebody is a 400: %j", async (name, why) => {
    const { status, json } = await named(name);
    expect([status, json.detail]).toEqual([400, expect.stringContaining(why)]);
    expect(active()).toEqual([]);
  });

  it("that many ask for at once is one person's; the others hear whose, are out, and their requests stay refused", async () => {
    const SOME = 24;
    door.through(readTogether(door.database, SOME, "WHERE nameKey = ?"));
    const spellings = ["twin race", "Twin Race"];
    const answers = await Promise.all(
      Array.from({ length: SOME }, (_, n) => named(spellings[n % 2] ?? "", `add-${n}`)),
    );
    door.through(door.database);
    const [row, ...others] = active();
    expect(others).toEqual([]);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(SOME - 1);
    for (const { json } of refused) expect(json.detail).toContain(`already (${row?.id})`);

    const again = answers.findIndex(({ status }) => status === 409);
    expect(await named(spellings[again % 2] ?? "", `add-${again}`)).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining(`already (${row?.id})`) },
    });
    const events = door.sqlite.prepare("SELECT about, what FROM audit ORDER BY n").all();
    expect(events.filter(({ what }) => what === "people.add")).toHaveLength(SOME);
    expect(events.filter(({ what }) => what === "people.revoke")).toHaveLength(SOME - 1);
    expect(events.filter(({ about }) => about === row?.id)).toHaveLength(1);
  });

  it("that somebody lost goes on being lost where the request was cut short behind the ledger", async () => {
    door.through(failing(door.database, (sql) => sql.startsWith("INSERT INTO people"), "before"));
    expect((await named("Dana", "late")).status).toBe(503);
    door.through(door.database);
    const { id } = await door.add("Dana", ["viewer"]);
    expect((await named("Dana", "late")).json.detail).toContain(`already (${id})`);
    expect(active()).toEqual([{ id }]);
  });

  it("that two people have in the ledger leaves both when D1 is written again, in any order", async () => {
    const { id } = await door.add("Dana", ["viewer"]);
    const first = await door.ledger.eventView(`act:${id}:1`);
    const row = first === null ? null : personOfAct(first.event);
    if (row === null) throw new Error("no act");
    const other = { ...row, id: `person_${"1".repeat(32)}`, identity: "token:1" };
    for (const rows of [
      [row, other],
      [other, row],
    ]) {
      const { database } = createRecords();
      for (const one of rows) await putPerson(database, one);
      expect((await peopleNamed(database, "DANA")).map(({ id }) => id).sort()).toEqual([row.id, other.id].sort());
    }
  });

  it("of before names were told apart is taken too", async () => {
    const { id } = await door.add("Dana", ["viewer"]);
    unkeyed(id);
    expect((await named("DANA")).json.detail).toContain(`already (${id})`);
  });
});

describe("a request about a person", () => {
  it("under a used key is a 422 where it asks for something else, and nothing is done", async () => {
    const body = { name: "Dana", roles: ["viewer"], reason: "new" };
    const first = await add(body, "k");
    expect((await add(body, "k")).json).toMatchObject({ result: "done_before", event: first.json.event });
    for (const other of [
      { ...body, name: "Eli" },
      { ...body, roles: ["admin"] },
      { ...body, reason: "old" },
    ])
      expect((await add(other, "k")).status).toBe(422);
    expect(active()).toHaveLength(1);

    const { id } = first.json.person as { id: string };
    const change = (sent: object) =>
      door.call(`/api/people/${id}/change`, { token: FIRST_TOKEN, body: sent, key: "c" });
    const changed = await change({ roles: ["operator"] });
    expect((await change({ roles: ["operator"] })).json).toMatchObject({
      result: "done_before",
      event: changed.json.event,
    });
    for (const other of [
      { roles: ["admin"] },
      { newToken: true },
      { roles: ["operator"], newToken: true },
      { roles: ["operator"], reason: "x" },
    ]) {
      const { status, json } = await change(other);
      expect([status, json.detail]).toEqual([422, expect.stringContaining("Use a new key")]);
    }
    expect(door.sqlite.prepare("SELECT acts, roles FROM people").all()).toEqual([{ acts: 2, roles: '["operator"]' }]);
  });

  it("cut short behind the ledger is compared too", async () => {
    door.through(failing(door.database, (sql) => sql.startsWith("INSERT INTO people"), "before"));
    expect((await named("Dana", "k")).status).toBe(503);
    door.through(door.database);
    expect((await named("Eli", "k")).status).toBe(422);
    expect((await named("Dana", "k")).json).toMatchObject({ person: { name: "Dana" } });
  });

  it("repeated after the person was revoked, and the name given on, is answered as before", async () => {
    const first = await named("Dana", "k");
    const { id } = first.json.person as { id: string };
    const change = () =>
      door.call(`/api/people/${id}/change`, { token: FIRST_TOKEN, body: { roles: ["operator"] }, key: "c" });
    await change();
    await door.call(`/api/people/${id}/revoke`, { token: FIRST_TOKEN, body: {} });
    await door.add("Dana", ["viewer"]);
    expect((await named("Dana", "k")).json).toMatchObject({ result: "done_before", event: first.json.event });
    expect((await change()).json).toMatchObject({ result: "done_before", person: { revokedAt: door.clock.now } });
  });
});

describe("the hash of a token", () => {
  it("is read by nobody, neither in a trace nor in the audit, whose chain stands", async () => {
    const dana = await door.add("Dana", ["viewer"]);
    const { id } = dana;
    const change = { token: FIRST_TOKEN, body: { newToken: true } };
    const { json } = await door.call(`/api/people/${id}/change`, change);
    const token = String(json.token);
    const { n } = door.sqlite.prepare("SELECT max(n) AS n FROM audit").get() as { n: number };
    const paths = [
      `/api/trace/act:${id}:1`,
      `/api/trace/act:${id}:2`,
      `/api/find?id=act:${id}:2`,
      `/api/raw/act:${id}:2`,
      "/api/audit",
      `/api/audit?about=${id}`,
      `/api/audit/${n}`,
      "/api/people",
    ];
    for (const path of paths) {
      const { status, text } = await door.call(path, { token });
      expect([path, status]).toEqual([path, 200]);
      expect([path, /token:[0-9a-f]/.test(text)]).toEqual([path, false]);
    }
    const { text } = await door.call(`/api/trace/act:${id}:2`, { token });
    expect(text).toContain('"identity":"another token"');
    expect((await door.call("/api/audit/verify", { token })).json).toMatchObject({ done: n });
    const [entry] = door.sqlite.prepare("SELECT after FROM audit WHERE n = ?").all(n);
    expect(entry?.after).toContain("token:");
    expect((await door.ledger.eventView(`act:${id}:2`))?.event.act?.after.identity).toMatch(/^token:[0-9a-f]{64}$/);
  });
});

it("the hash of a token is not in what is told of two acts under one number", async () => {
  const { id } = await door.add("Dana", ["viewer"]);
  const first = (await door.ledger.eventView(`act:${id}:1`))?.event;
  if (first?.act === undefined) throw new Error("no act");
  const after = { ...first.act.after, identity: `token:${"f".repeat(64)}`, roles: ["operator"] };
  const event = { ...first, act: { ...first.act, after } };
  await door.ledger.accept([{ event, raw: "{}", provenance: "own" }]);
  const { text } = await door.call(`/api/trace/act:${id}:1`, { token: FIRST_TOKEN });
  expect(text).toContain('"differs":[{"field":"act"');
  expect(text).not.toMatch(/token:[0-9a-f]/);
});

describe("a key of a hold", () => {
  it("is that of one person: another's request under it is a new one", async () => {
    const { token } = await door.add("Dana", ["operator"]);
    const hold = (by: string) =>
      door.call("/api/holds", { token: by, body: { scope: "all", reason: "odd" }, key: "k" });
    await hold(FIRST_TOKEN);
    await door.call("/api/holds/lift", { token, body: { scope: "all" }, key: "k" });
    expect((await hold(token)).json.result).toBe("held");
    expect(await door.gate.holds()).toHaveLength(1);
  });
});

describe("a case is assigned", () => {
  const assign = async (to: string, token: string) => {
    const { state: _state, ...row } = caseRow(1, {});
    await openCase(door.database, row);
    return await door.call(`/api/cases/${row.id}/assign`, { token, body: { to, take: true } });
  };

  it("to the first admin by id and by name, by anybody who may", async () => {
    const { token } = await door.add("Dana", ["reviewer"]);
    for (const to of ["person_first", "Local Admin"])
      expect((await assign(to, token)).json).toMatchObject({
        case: { owner: "person_first", ownerName: "local admin" },
      });
  });

  it("to whoever has the id, and never to whoever has it as their name", async () => {
    const { id, token } = await door.add("Dana", ["reviewer"]);
    for (const name of ["person_first", id, `person_${"0".repeat(32)}`]) {
      const eve = await door.add("Eve", ["reviewer"]);
      door.sqlite.prepare("UPDATE people SET name = ?, nameKey = NULL WHERE id = ?").run(name, eve.id);
    }
    expect((await assign("person_first", token)).json).toMatchObject({ case: { owner: "person_first" } });
    expect((await assign(id, FIRST_TOKEN)).json).toMatchObject({ case: { owner: id } });
    expect((await assign(`person_${"0".repeat(32)}`, token)).status).toBe(400);
  });

  it("to none of two who have one name: the answer lists their ids", async () => {
    const dana = await door.add("Dana", ["reviewer"]);
    unkeyed(dana.id);
    const other = await door.add("Eli", ["reviewer"]);
    // As the console of before has proven them: it did not tell names apart.
    const row = await personById(door.database, other.id);
    if (row === null) throw new Error("Eli is not there");
    const proof = await door.proofs.prove({ ...row, name: "DANA" });
    door.sqlite.prepare("UPDATE people SET name = 'DANA', nameKey = NULL, proof = ? WHERE id = ?").run(proof, other.id);
    const { status, json } = await assign("dana", FIRST_TOKEN);
    expect([status, json.detail]).toEqual([400, expect.stringContaining("several people have this name")]);
    expect(json.detail).toContain(dana.id);
    expect(json.detail).toContain(other.id);
  });
});
