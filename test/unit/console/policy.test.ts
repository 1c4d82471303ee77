import { beforeEach, describe, expect, it } from "vitest";
import type { Person, PersonClaims, Role } from "../../../shared/contracts/people.ts";
import { isAnother } from "../../../shared/contracts/people.ts";
import type { PolicyDocument } from "../../../shared/contracts/policy.ts";
import { DEFAULT_DOCUMENT, policyOf, readPolicyDocument } from "../../../shared/policy/document.ts";
import type { ActEvent } from "../../../shared/records/acts/record.ts";
import { putPerson } from "../../../shared/records/people.ts";
import { createConsole } from "../../../workers/console/app.ts";
import type { PolicyDeps } from "../../../workers/console/policy/deps.ts";
import { draftPolicy, publishPolicy, rollBackPolicy } from "../../../workers/console/policy/publish.ts";
import { createLocalAudit } from "../../helpers/audit.ts";
import { createRecords } from "../../helpers/d1.ts";
import { createLocalGate, editedDocument, FIRST_POLICY } from "../../helpers/gate.ts";
import { freshPeopleProofs } from "../../helpers/keys.ts";
import { createLocalLedger } from "../../helpers/ledger.ts";

const person = (name: string, roles: Role[] = ["admin"], changes: Partial<Person> = {}): Person => ({
  id: `person_${name}`,
  name,
  human: true,
  roles,
  vouchedBy: [],
  ...changes,
});
const ADA = person("ada");
const BOB = person("bob");
const FIRST = FIRST_POLICY.policy.version;
const withCustomer = (customer: number): PolicyDocument =>
  editedDocument((document) => void Object.assign(document.envelopes, { customer }));
const SECOND = withCustomer(50_000);
const THIRD = withCustomer(60_000);
const versionOf = async (document: PolicyDocument): Promise<string> => (await policyOf(document)).version;

/** The console's side of policy over the real gate and ledger: shards and the audit only note what they are told. */
function open() {
  const local = createLocalLedger();
  const gate = createLocalGate(local.clock);
  const pushed: number[] = [];
  const entries: string[] = [];
  const away = new Set<"shards" | "audit" | "people">();
  /** Who has vouched for whom, as of now. Whoever is not named was added by nobody here; null: nobody has this id. */
  const vouchers = new Map<string, string[] | null>();
  const deps = (): PolicyDeps => ({
    ledger: local.ledger,
    gate,
    pushHandling: async ({ n }) => {
      if (away.has("shards")) throw new Error("the shards are away");
      pushed.push(n);
    },
    audited: async (acts: readonly ActEvent[]) => {
      if (away.has("audit")) throw new Error("the audit is away");
      for (const { id } of acts) if (!entries.includes(id)) entries.push(id);
    },
    vouchersOf: async (id) => {
      if (away.has("people")) throw new Error("D1 is away");
      const known = vouchers.get(id);
      return known === undefined ? [] : known;
    },
    mode: "test",
    now: local.clock.now,
  });
  let n = 0;
  const by = (one: Person, key = `key-${++n}`) => ({ person: one, key, text: null });
  const draft = async (document: PolicyDocument, one = ADA, key?: string) =>
    said(await draftPolicy(document, by(one, key), deps()));
  const publish = async (document: PolicyDocument, one = BOB, over: string | null = FIRST, key?: string) =>
    said(await publishPolicy({ version: await versionOf(document), over }, by(one, key), deps()));
  const rollback = async (one: Person, over: string, version: string | null = null) =>
    said(await rollBackPolicy({ version, over }, by(one), deps()));
  const inForce = async () => (await gate.policy(null)).version;
  return { ...local, gate, pushed, entries, away, vouchers, deps, by, draft, publish, rollback, inForce };
}
/** The answer as a test compares it: a refusal by its status and words. */
async function said(answer: object): Promise<Record<string, unknown>> {
  if (!(answer instanceof Response)) return { ...answer };
  const { status, detail } = (await answer.json()) as { status: number; detail: string };
  return { status, detail };
}

let world = open();
beforeEach(() => {
  world = open();
});

describe("a draft", () => {
  it("is kept under its hash in its author's name, with the difference, and changes nothing in force", async () => {
    const answer = await world.draft(SECOND);
    expect(answer).toMatchObject({
      result: "drafted",
      version: await versionOf(SECOND),
      over: FIRST,
      changes: [{ path: "envelopes.customer", before: 100_000, after: 50_000 }],
      breaches: [],
      draft: { by: { id: "person_ada", name: "ada" } },
    });
    expect(await world.inForce()).toBe(FIRST);
    const event = (await world.ledger.eventView("act:policy:1"))?.event;
    expect(event).toMatchObject({
      type: "countersign.act",
      act: { what: "policy.draft", by: { id: "person_ada" }, after: { version: await versionOf(SECOND) } },
    });
    expect(world.entries).toEqual(["act:policy:1"]);
  });

  it("may be one that cannot be published: it says why", async () => {
    expect(await world.draft(withCustomer(100_000_000))).toMatchObject({
      result: "drafted",
      breaches: [expect.stringContaining("envelopes.customer may change by the factor 10")],
    });
  });

  it("again is the same draft with its first author, and no second act", async () => {
    await world.draft(SECOND);
    expect(await world.draft(SECOND, BOB)).toMatchObject({ result: "drafted_before", draft: { by: { name: "ada" } } });
    expect(await world.ledger.eventView("act:policy:2")).toBeNull();
  });

  it("is refused to who may not draft, by the published document", async () => {
    expect(await world.draft(SECOND, person("vic", ["viewer"]))).toMatchObject({
      status: 403,
      detail: expect.stringContaining("vic may not draft policy"),
    });
    expect(await world.ledger.eventView("act:policy:1")).toBeNull();
  });
});

describe("publishing", () => {
  it("puts a draft in force in the publisher's name: ledger, gate, shards, audit", async () => {
    await world.draft(SECOND);
    expect(await world.publish(SECOND)).toMatchObject({
      result: "published",
      publication: { n: 2, by: { name: "bob" }, draftedBy: { name: "ada" } },
      changes: [{ path: "envelopes.customer", before: 100_000, after: 50_000 }],
      events: ["act:policy:2"],
    });
    expect(await world.inForce()).toBe(await versionOf(SECOND));
    expect(world.pushed).toEqual([2]);
    expect(world.entries).toEqual(["act:policy:1", "act:policy:2"]);
  });

  it("the same again is answered as done, whoever asks", async () => {
    await world.draft(SECOND);
    await world.publish(SECOND);
    expect(await world.publish(SECOND)).toMatchObject({ result: "published_before", publication: { n: 2 } });
    expect(await world.publish(SECOND, ADA)).toMatchObject({ result: "published_before" });
    expect(await world.ledger.eventView("act:policy:3")).toBeNull();
  });

  it("wants another person than the one who drafted it, than whom they vouched for, and than who vouched for them", async () => {
    await world.draft(SECOND);
    expect(await world.publish(SECOND, ADA)).toMatchObject({ status: 403 });
    const hers = person("cy", ["admin"], { vouchedBy: [ADA.id] });
    expect(isAnother(ADA, hers)).toBe(false);
    expect(await world.publish(SECOND, hers)).toMatchObject({ status: 403 });
    world.vouchers.set("person_dee", [BOB.id]);
    await world.draft(THIRD, person("dee", ["admin"], { vouchedBy: [BOB.id] }));
    expect(await world.publish(THIRD, BOB)).toMatchObject({ status: 403 });
    expect(await world.inForce()).toBe(FIRST);
  });

  it("looks at who has vouched for the author by now, also of what was published before", async () => {
    await world.draft(SECOND);
    world.vouchers.set(ADA.id, [BOB.id]);
    expect(await world.publish(SECOND, BOB)).toMatchObject({ status: 403 });
    world.vouchers.delete(ADA.id);
    expect(await world.publish(SECOND, BOB)).toMatchObject({ result: "published" });
    const second = await versionOf(SECOND);
    expect(await world.rollback(BOB, second)).toMatchObject({ result: "published" });
    world.vouchers.set(ADA.id, [BOB.id]);
    expect(await world.rollback(BOB, FIRST, second)).toMatchObject({ status: 403 });
    expect(await world.inForce()).toBe(FIRST);
  });

  it("without a version goes back once: sent again it does not put back what people went away from", async () => {
    await world.draft(SECOND);
    await world.publish(SECOND, BOB);
    expect(await world.rollback(BOB, await versionOf(SECOND))).toMatchObject({ result: "published" });
    expect(await world.inForce()).toBe(FIRST);
    const again = await world.rollback(BOB, FIRST);
    expect(again).toMatchObject({ status: 409, detail: expect.stringContaining(`went back to ${FIRST} already, by`) });
    expect(await world.inForce()).toBe(FIRST);
  });

  it("is refused in words where nobody can read who has vouched for the author, and where nobody knows the author", async () => {
    await world.draft(SECOND);
    world.away.add("people");
    const unread = await world.publish(SECOND);
    expect(unread).toMatchObject({ status: 503, detail: expect.stringContaining("who has vouched for ada") });
    world.away.clear();
    world.vouchers.set(ADA.id, null);
    const unknown = await world.publish(SECOND);
    expect(unknown).toMatchObject({ status: 403, detail: expect.stringContaining("is not among the people") });
    expect(await world.inForce()).toBe(FIRST);
    expect(await world.ledger.eventView("act:policy:2"), "no act was recorded").toBeNull();
  });

  it("wants them also for a draft that says it wants none: what is published says so", async () => {
    const alone = editedDocument((document) => void Object.assign(document.publishing, { fourEyes: false }));
    await world.draft(alone);
    expect(await world.publish(alone, ADA)).toMatchObject({ status: 403 });
    expect(await world.publish(alone, BOB)).toMatchObject({ result: "published" });
    await world.draft(SECOND);
    expect(await world.publish(SECOND, ADA, null)).toMatchObject({ result: "published" });
  });

  it("is refused to who may not, to service tokens, and beyond the bounds of the published document: with no act at all", async () => {
    const greedy = editedDocument((document) => {
      document.envelopes.customer = 100_000_000;
      document.publishing.maxFactor = 1_000_000;
    });
    await world.draft(greedy);
    expect(await world.publish(greedy)).toMatchObject({
      status: 422,
      detail: expect.stringContaining("envelopes.customer may change by the factor 10 at once"),
    });
    await world.draft(SECOND);
    expect(await world.publish(SECOND, person("rea", ["reviewer"]))).toMatchObject({ status: 403 });
    expect(await world.publish(SECOND, person("ci", ["admin"], { human: false }))).toMatchObject({ status: 403 });
    expect(await world.publish(withCustomer(1))).toMatchObject({ status: 404 });
    expect(await world.inForce()).toBe(FIRST);
    expect(await world.ledger.eventView("act:policy:3")).toBeNull();
  });

  it("of a draft in the form of an earlier release is refused in words, with no act", async () => {
    await world.draft(SECOND);
    const { draftOf } = world.gate;
    world.gate.draftOf = async (version) => {
      const draft = await draftOf(version);
      return draft && { ...draft, ofEarlierRelease: true };
    };
    expect(await world.publish(SECOND)).toMatchObject({
      status: 422,
      detail: expect.stringContaining("the form of an earlier release"),
    });
    expect(await world.draft(SECOND)).toMatchObject({ result: "drafted_before" });
    expect(await world.ledger.eventView("act:policy:2")).toBeNull();
  });

  it("over another version than the one in force is a 409 that names who published it", async () => {
    await world.draft(SECOND);
    await world.draft(THIRD);
    await world.publish(SECOND);
    expect(await world.publish(THIRD)).toMatchObject({
      status: 409,
      detail: expect.stringContaining("publication 2 of bob"),
    });
    expect(await world.publish(THIRD, BOB, await versionOf(SECOND))).toMatchObject({ publication: { n: 3 } });
  });

  it("without a word goes over what the author compared it with, so that nobody publishes over what nobody has seen", async () => {
    await world.draft(SECOND);
    await world.draft(THIRD);
    await world.publish(SECOND, BOB, null);
    expect(await world.publish(THIRD, BOB, null)).toMatchObject({ status: 409 });
  });

  it("by a request whose answer was lost is done, whatever key it comes with again", async () => {
    await world.draft(SECOND);
    world.gate.broken.add("publish");
    await expect(world.publish(SECOND, BOB, FIRST, "one")).rejects.toThrow();
    world.gate.broken.clear();
    expect(await world.publish(SECOND, BOB, FIRST, "two")).toMatchObject({ result: "published_before" });
    expect((await world.gate.history(10, null)).map(({ n }) => n)).toEqual([2, 1]);
  });

  it("of two at once lets one through, and the other is a 409 that names it", async () => {
    await world.draft(SECOND);
    await world.draft(THIRD);
    const answers = await Promise.all([world.publish(SECOND), world.publish(THIRD, person("eve"))]);
    expect(answers.map(({ result, status }) => result ?? status).sort()).toEqual([409, "published"]);
    expect((await world.gate.history(10, null)).map(({ n }) => n)).toEqual([2, 1]);
  });

  it("warns of a limit below what is at risk now, and names both", async () => {
    const asked = { actionId: "a", provider: null, kind: "refund" as const, account: null, customer: "cus_1" };
    const more = {
      subscription: null,
      invoice: null,
      payment: "pi_1",
      charge: null,
      amountMinor: 80_000,
      currency: "usd",
    };
    await world.gate.admit([{ ...asked, ...more }]);
    await world.draft(SECOND);
    const [warning] = (await world.publish(SECOND)).warnings as string[];
    expect(warning).toMatch(/envelopes.customer would be 50000, and 80000 US cents of customer cus_1 are at risk now/);
  });
});

describe("a publication that was cut short", () => {
  it.each(["publish", "shards", "audit"] as const)("before %s is continued by the same request", async (where) => {
    await world.draft(SECOND);
    if (where === "publish") world.gate.broken.add("publish");
    else world.away.add(where);
    await expect(world.publish(SECOND, BOB, FIRST, "same")).rejects.toThrow();
    expect(await world.ledger.eventView("act:policy:2")).not.toBeNull();
    world.gate.broken.clear();
    world.away.clear();
    expect(String((await world.publish(SECOND, BOB, FIRST, "same")).result)).toMatch(/^published/);
    expect(await world.inForce()).toBe(await versionOf(SECOND));
    expect(world.pushed.at(-1)).toBe(2);
    expect(world.entries).toEqual(["act:policy:1", "act:policy:2"]);
    expect(await world.ledger.eventView("act:policy:3")).toBeNull();
  });

  it("is finished by whoever acts next, in the first one's name: acts are done in the order of their numbers", async () => {
    await world.draft(SECOND);
    await world.draft(THIRD);
    world.gate.broken.add("publish");
    await expect(world.publish(SECOND)).rejects.toThrow();
    world.gate.broken.clear();
    expect(await world.publish(THIRD, person("eve"))).toMatchObject({
      status: 409,
      detail: expect.stringContaining("publication 2 of bob"),
    });
    expect(await world.inForce()).toBe(await versionOf(SECOND));
    expect(world.entries).toEqual(["act:policy:1", "act:policy:2", "act:policy:3"]);
  });

  it("behind the gate is finished by the next act too", async () => {
    await world.draft(SECOND);
    world.away.add("audit");
    await expect(world.publish(SECOND)).rejects.toThrow();
    world.away.clear();
    await world.draft(THIRD);
    expect(world.entries).toEqual(["act:policy:1", "act:policy:2", "act:policy:3"]);
  });

  it("where the ledger takes nothing is not begun: the gate has heard of nothing", async () => {
    await world.draft(SECOND);
    world.broken.add("accept");
    const answer = await world.publish(SECOND);
    expect(answer).toMatchObject({ status: 503 });
    expect(await world.inForce()).toBe(FIRST);
  });
});

describe("rolling back", () => {
  it("publishes the version before again: a publication like any other", async () => {
    await world.draft(SECOND);
    await world.publish(SECOND);
    const second = await versionOf(SECOND);
    expect(await world.rollback(BOB, second)).toMatchObject({
      result: "published",
      publication: { n: 3, version: FIRST, by: { name: "bob" }, draftedBy: null },
    });
    // The four eyes hold for it as well: ada has drafted what she would put back.
    expect(await world.rollback(ADA, FIRST, second)).toMatchObject({ status: 403 });
    expect(await world.rollback(BOB, FIRST, second)).toMatchObject({
      publication: { n: 4, draftedBy: { name: "ada" } },
    });
  });

  it("to the deployment's own document is free to whoever may publish, also where they drafted it again", async () => {
    await world.draft(SECOND);
    await world.publish(SECOND);
    const second = await versionOf(SECOND);
    const toFirst = async (one: Person, over: string) => await world.rollback(one, over, FIRST);
    expect(await toFirst(ADA, second)).toMatchObject({ publication: { n: 3, draftedBy: null } });
    await world.publish(SECOND, BOB, FIRST);
    // Whichever way it is reached: drafted by ada, it is still nobody's.
    expect(await world.draft(DEFAULT_DOCUMENT, ADA)).toMatchObject({ result: "drafted" });
    expect(await world.publish(DEFAULT_DOCUMENT, ADA, second)).toMatchObject({
      publication: { n: 5, draftedBy: null },
    });
    await world.publish(SECOND, BOB, FIRST);
    expect(await toFirst(ADA, second)).toMatchObject({ publication: { n: 7, draftedBy: null } });
  });

  it("has nothing to go back to where nothing was published", async () => {
    expect(await world.rollback(BOB, FIRST)).toMatchObject({ status: 404 });
  });
});

describe("the routes", () => {
  const TOKEN = "console-token-of-this-test";
  const proofs = freshPeopleProofs();
  let records = createRecords().database;
  beforeEach(() => {
    records = createRecords().database;
  });
  async function call(path: string, body?: unknown) {
    const now = () => world.clock.now;
    const answer = createConsole({ tokens: [TOKEN], mode: "test", log: () => {}, now, people: proofs });
    const { ledger, gate } = world;
    const deps = { ledger, gate, records, audit: createLocalAudit(), send: async () => {} };
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const headers = { authorization: `Bearer ${TOKEN}` };
    const response = await answer(new Request(`http://console${path}`, { ...init, headers }), deps);
    return { status: response.status, json: JSON.parse(await response.text()) };
  }

  it("show what is in force, and it can be edited and drafted again as it was shown", async () => {
    const { json } = await call("/api/policy");
    expect(json).toMatchObject({ version: FIRST, publication: { n: 1, by: null }, draft: null });
    json.document.envelopes.customer = 50_000;
    const drafted = await call("/api/policy/draft", { document: json.document });
    expect(drafted.json).toMatchObject({ result: "drafted", version: await versionOf(SECOND) });
    expect((await call(`/api/policy?version=${drafted.json.version}`)).json).toMatchObject({
      publication: null,
      draft: { by: { id: "person_first" } },
      document: SECOND,
    });
    expect((await call(`/api/policy/diff?version=${drafted.json.version}`)).json.changes).toHaveLength(1);
    expect((await call("/api/policy/drafts")).json.items).toHaveLength(1);
    expect((await call(`/api/policy/diff?version=${"0".repeat(32)}`)).status).toBe(404);
  });

  it("refuse an unknown field, a negative limit and what is missing, by path", async () => {
    const refused = async (document: unknown) => (await call("/api/policy/draft", { document })).json.detail;
    expect(await refused({ ...DEFAULT_DOCUMENT, more: 1 })).toContain("document");
    expect(await refused(withCustomer(-1))).toContain("document.envelopes.customer: must not be negative");
    const { cases: _cases, ...rest } = DEFAULT_DOCUMENT;
    expect(await refused(rest)).toContain("cases");
  });

  it.each(["__proto__", "constructor", "prototype"])(
    "refuse %s as a name in a list of names, which would be left out in silence",
    async (name) => {
      for (const path of [
        "cases.denyReasons",
        "guardrails.worthUsdCents",
        "guardrails.subscription.lowerPriceByPrice",
      ]) {
        const field = path.split(".").at(-1);
        const text = JSON.stringify(DEFAULT_DOCUMENT).replace(`"${field}":{`, `"${field}":{"${name}":"x",`);
        const document = JSON.parse(text.replace(`"${name}":"x",}`, `"${name}":"x"}`));
        const { status, json } = await call("/api/policy/draft", { document });
        expect([status, json.detail]).toEqual([
          400,
          expect.stringContaining(`document.${path}.${name}: a field cannot`),
        ]);
        expect(readPolicyDocument(document)).toMatchObject({ ok: false, error: expect.stringContaining(name) });
      }
    },
  );

  it("tell the default, the schema and the history, a page at a time", async () => {
    expect((await call("/api/policy/default")).json).toEqual({ version: FIRST, document: DEFAULT_DOCUMENT });
    expect((await call("/api/policy/schema")).json.properties.envelopes.properties.customer).toMatchObject({
      type: "integer",
      minimum: 0,
    });
    await world.draft(SECOND);
    await world.publish(SECOND);
    const page = await call("/api/policy/history?limit=1");
    expect(page.json).toMatchObject({ items: [{ n: 2 }], next: 2 });
    expect((await call("/api/policy/history?limit=1&before=2")).json).toMatchObject({ items: [{ n: 1 }], next: null });
  });

  it("publish in the person's name, and say 409 where another version is in force", async () => {
    await world.draft(SECOND);
    const version = await versionOf(SECOND);
    const over = "0".repeat(32);
    expect((await call("/api/policy/publish", { version, over })).status).toBe(409);
    expect((await call("/api/policy/publish", { version, over: FIRST })).json.detail).toContain("ada (person_ada)");
    const row = { ...ADA, identity: "subject:ada", acts: 1, addedAt: 1, revokedAt: null };
    const put = async (one: PersonClaims) => putPerson(records, { ...one, proof: await proofs.prove(one) });
    await put({ ...row, vouchedBy: ["person_first"] });
    expect((await call("/api/policy/publish", { version, over: FIRST })).json.detail).toContain("vouched for");
    await put({ ...row, acts: 2 });
    expect((await call("/api/policy/publish", { version, over: FIRST })).json).toMatchObject({
      result: "published",
      publication: { n: 2, by: { id: "person_first" } },
    });
    expect((await call("/api/policy/rollback", { over: version })).json).toMatchObject({ publication: { n: 3 } });
  });

  it("refuse what the gate keeps in another form or altered, with the field and what to do: neither shown nor published", async () => {
    await world.draft(SECOND);
    const version = await versionOf(SECOND);
    const alter = (change: string) =>
      world.gate.sqlite
        .prepare("UPDATE policy_document SET document = replace(document, '\"customer\":', ?) WHERE version = ?")
        .run(`${change}"customer":`, version);
    alter('"week":1,');
    const asked = { version, over: FIRST };
    for (const [path, body] of [
      [`/api/policy?version=${version}`, undefined],
      [`/api/policy/diff?version=${version}`, undefined],
      ["/api/policy/publish", asked],
      ["/api/policy/rollback", asked],
    ] as const) {
      const { status, json } = await call(path, body);
      expect([path, status, json.detail]).toEqual([path, 409, expect.stringContaining("envelopes.week")]);
    }
    // By itself it is a policy, and another one than was drafted.
    world.gate.sqlite.prepare("UPDATE policy_document SET document = replace(document, ?, ?)").run('"week":1,', "");
    world.gate.sqlite
      .prepare("UPDATE policy_document SET document = replace(document, ?, ?) WHERE version = ?")
      .run('"customer":50000', '"customer":51000', version);
    expect((await call("/api/policy/publish", asked)).json).toMatchObject({
      status: 409,
      detail: expect.stringContaining("is not what its hash says"),
    });
    expect(await world.inForce()).toBe(FIRST);
    expect(await world.ledger.eventView("act:policy:2"), "no act stands for what was not done").toBeNull();
    // Drafted anew it is whole again.
    await call("/api/policy/draft", { document: SECOND });
    expect((await world.publish(SECOND)).result).toBe("published");
  });

  it("answer 503 where the gate is away, and what is stored is no policy", async () => {
    world.gate.broken.add("policy");
    expect((await call("/api/policy/draft", { document: SECOND })).status).toBe(503);
  });
});
