import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import type { NewPublication } from "../../../shared/contracts/gate.ts";
import type { PolicyDocument } from "../../../shared/contracts/policy.ts";
import { migrate, type Sql } from "../../../shared/core/sql.ts";
import { createPublications } from "../../../shared/gate/publications.ts";
import { GATE_MIGRATIONS } from "../../../shared/gate/schema.ts";
import { policyOf } from "../../../shared/policy/document.ts";
import { editedDocument, FIRST_POLICY, openGate } from "../../helpers/gate.ts";
import { sqlOf } from "../../helpers/ledger.ts";

const ADA = { id: "person_ada", name: "Ada" };
const BOB = { id: "person_bob", name: "Bob" };
const FIRST = FIRST_POLICY.policy.version;
const NOW = 1_000_000;

const withAll = (all: number): PolicyDocument =>
  editedDocument((document) => void Object.assign(document.envelopes, { all }));
const SECOND = await policyOf(withAll(6_000_000));
const THIRD = await policyOf(withAll(7_000_000));

const database = (): Sql => sqlOf(new DatabaseSync(":memory:"));
function open(sql = database()) {
  const gate = openGate(sql);
  const draft = (policy: typeof SECOND, act: number) => {
    gate.keep(policy);
    return gate.draft({ version: policy.version, act, at: NOW, over: FIRST, by: ADA, notWith: ["person_zed"] });
  };
  const publish = (version: string, changes: Partial<NewPublication> = {}) =>
    gate.publish({ act: 9, version, over: FIRST, at: NOW + 1, by: BOB, ...changes });
  return { sql, gate, draft, publish };
}

describe("a gate that has never heard of a policy", () => {
  it("begins with the deployment's own as publication 1, which nobody drafted", () => {
    const { gate } = open();
    expect(gate.policy(null)).toMatchObject({ n: 1, version: FIRST, act: 0 });
    expect(gate.history(10, null)).toMatchObject([{ n: 1, version: FIRST, by: null, draftedBy: null, at: 1 }]);
  });

  it("is no such gate once something was published: another release's own document changes nothing", async () => {
    const { sql, draft, publish } = open();
    draft(SECOND, 1);
    publish(SECOND.version);
    migrate(sql, GATE_MIGRATIONS);
    const later = createPublications(sql, { policy: THIRD, at: NOW + 5 });
    expect(later.policy(null)).toMatchObject({ n: 2, version: SECOND.version });
  });
});

describe("what is in force", () => {
  it("is told with its document only to those who have another version", () => {
    const { gate } = open();
    expect(gate.policy(null).document).toEqual(withAll(5_000_000));
    expect(gate.policy(SECOND.version).document).not.toBeNull();
    expect(gate.policy(FIRST).document).toBeNull();
  });

  it("is what was published last, also after a restart, with who drafted and who published it", () => {
    const { sql, draft, publish } = open();
    draft(SECOND, 1);
    expect(publish(SECOND.version, { act: 2 })).toMatchObject({
      kind: "published",
      isNew: true,
      publication: { n: 2, version: SECOND.version, by: BOB, draftedBy: ADA, at: NOW + 1 },
    });
    const again = openGate(sql);
    expect(again.policy(FIRST)).toMatchObject({ n: 2, version: SECOND.version, act: 2 });
    expect(again.policy(FIRST).document).toEqual(withAll(6_000_000));
  });

  it("is an error where what is stored is no policy: nothing is admitted, and no default stands in", () => {
    const { sql, draft, publish } = open();
    draft(SECOND, 1);
    publish(SECOND.version);
    sql.exec("UPDATE policy_document SET document = ? WHERE version = ?", '{"envelopes":{"all":1}}', SECOND.version);
    const spoilt = openGate(sql);
    expect(() => spoilt.policy(null)).toThrow(`policy ${SECOND.version} is no policy of this release`);
    expect(() => spoilt.admit([], NOW)).toThrow("is no policy of this release");
    sql.exec("DELETE FROM policy_document WHERE version = ?", SECOND.version);
    expect(() => openGate(sql).policy(null)).toThrow("has lost the document");
    // A hold needs no policy: it can be set even then.
    expect(spoilt.hold("all", "no policy", "person", NOW).isNew).toBe(true);
  });
});

describe("a document that is not what its hash says any more", () => {
  const alter = (sql: Sql, change: string) =>
    sql.exec(
      "UPDATE policy_document SET document = replace(document, ?, ?) WHERE version = ?",
      ...['"all":6000000', change, SECOND.version],
    );

  it("is named, and is whole again once it is kept anew", async () => {
    const { sql, gate, draft } = open();
    draft(SECOND, 1);
    expect(await gate.spoilt(SECOND.version)).toBeNull();
    expect(await gate.spoilt(null)).toBeNull();
    expect(await gate.spoilt("0".repeat(32)), "nothing is kept").toBeNull();
    alter(sql, '"all":9000000');
    expect(await gate.spoilt(SECOND.version)).toContain(`policy ${SECOND.version} is not what its hash says`);
    gate.keep(SECOND);
    expect(await gate.spoilt(SECOND.version)).toBeNull();
  });

  it("names a field that this release does not know", async () => {
    const { sql, gate, draft } = open();
    draft(SECOND, 1);
    alter(sql, '"all":6000000,"week":1');
    expect(await gate.spoilt(SECOND.version)).toContain("envelopes.week: there is no such field");
  });

  it("is spoilt too where the hash of its guardrails is another", async () => {
    const { sql, gate, draft } = open();
    draft(SECOND, 1);
    sql.exec("UPDATE policy_document SET guardrails = 'f' WHERE version = ?", SECOND.version);
    expect(await gate.spoilt(SECOND.version)).toContain("is not what its hash says");
  });

  it("is not put in force, and the number of the act is taken all the same", () => {
    const { gate, draft } = open();
    draft(SECOND, 1);
    const wanted = { act: 2, version: SECOND.version, over: FIRST, at: NOW, by: BOB };
    expect(gate.publish(wanted, "altered")).toEqual({ kind: "spoilt", why: "altered" });
    expect(gate.policy(null)).toMatchObject({ n: 1, act: 2 });
  });
});

describe("a draft", () => {
  it("is kept under its hash with its first author, who stays its author when it is drafted again", () => {
    const { gate, draft } = open();
    expect(draft(SECOND, 1)).toMatchObject({
      version: SECOND.version,
      over: FIRST,
      by: ADA,
      notWith: ["person_zed"],
      act: 1,
    });
    const again = gate.draft({ version: SECOND.version, act: 2, at: NOW + 9, over: FIRST, by: BOB, notWith: [] });
    expect(again).toMatchObject({ by: ADA, act: 1, at: NOW });
    expect(gate.policy(FIRST).act).toBe(2);
    expect(gate.drafts().map(({ version }) => version)).toEqual([SECOND.version]);
  });

  it("of a document that nobody keeps is none", () => {
    const { gate } = open();
    expect(gate.draft({ version: SECOND.version, act: 1, at: NOW, over: FIRST, by: ADA, notWith: [] })).toBeNull();
  });

  it("changes nothing that is in force", () => {
    const { gate, draft } = open();
    draft(SECOND, 1);
    expect(gate.policy(FIRST)).toMatchObject({ n: 1, version: FIRST });
  });

  it("goes after a number of later ones, unless it was published", async () => {
    const sql = database();
    migrate(sql, GATE_MIGRATIONS);
    const few = createPublications(sql, FIRST_POLICY, { ofAuthor: 2, inAll: 100 });
    const policies = await Promise.all([1, 2, 3, 4].map((n) => policyOf(withAll(5_000_000 + n))));
    const [published = SECOND, ...others] = policies;
    const draft = (policy: typeof SECOND, act: number) => {
      few.keep(policy);
      return few.draft({ version: policy.version, act, at: NOW, over: FIRST, by: ADA, notWith: [] });
    };
    draft(published, 1);
    few.publish({ act: 2, version: published.version, over: FIRST, at: NOW, by: BOB });
    for (const [index, policy] of others.entries()) draft(policy, 3 + index);
    expect(few.drafts().map(({ act }) => act)).toEqual([5, 4, 1]);
    expect(few.publicationOf(published.version)?.draftedBy).toEqual(ADA);
    expect(few.policy(null).document).toEqual(withAll(5_000_001));
  });
});

describe("the author", () => {
  it("of the deployment's own document is nobody, also where somebody drafts it again", () => {
    const { gate, draft, publish } = open();
    draft(SECOND, 1);
    publish(SECOND.version, { act: 2 });
    draft(FIRST_POLICY.policy, 3);
    expect(publish(FIRST, { act: 4, over: SECOND.version })).toMatchObject({ publication: { draftedBy: null } });
    expect(gate.publicationOf(FIRST)?.draftedBy).toBeNull();
  });

  it("of what was published is who drafted it then, whoever drafts it again", async () => {
    const { sql, gate } = open();
    gate.upgrade({ n: 1, policy: SECOND, steps: ["a step"], at: NOW });
    sql.exec("UPDATE publication SET drafted_by = ? WHERE n = 2", JSON.stringify(ADA));
    gate.draft({ version: SECOND.version, act: 1, at: NOW, over: FIRST, by: BOB, notWith: [] });
    expect(gate.publicationOf(SECOND.version)?.draftedBy).toEqual(ADA);
  });
});

describe("the drafts of several people", () => {
  async function drafting(kept: { ofAuthor: number; inAll: number }) {
    const sql = database();
    migrate(sql, GATE_MIGRATIONS);
    const publications = createPublications(sql, FIRST_POLICY, kept);
    let act = 0;
    return async (by: typeof ADA): Promise<number[]> => {
      act++;
      const policy = await policyOf(withAll(5_000_000 + act));
      publications.keep(policy);
      publications.draft({ version: policy.version, act, at: NOW, over: FIRST, by, notWith: [] });
      return publications.drafts().map((one) => one.act);
    };
  }

  it("do not push out each other's: each one's newest stay", async () => {
    const draft = await drafting({ ofAuthor: 2, inAll: 100 });
    await draft(ADA);
    for (let n = 0; n < 5; n++) await draft(BOB);
    expect(await draft(BOB)).toEqual([7, 6, 1]);
  });

  it("are bounded in all: then the oldest goes", async () => {
    const draft = await drafting({ ofAuthor: 2, inAll: 3 });
    for (const name of ["a", "b", "c"]) await draft({ id: `person_${name}`, name });
    expect(await draft(ADA)).toEqual([4, 3, 2]);
  });
});

describe("publishing", () => {
  it("the same again is answered as it was done, whoever says it", () => {
    const { gate, draft, publish } = open();
    draft(SECOND, 1);
    publish(SECOND.version, { act: 2 });
    expect(publish(SECOND.version, { act: 3, by: ADA })).toMatchObject({
      kind: "published",
      isNew: false,
      publication: { n: 2, by: BOB },
    });
    expect(gate.history(10, null)).toHaveLength(2);
  });

  it("of an act that has published says so again, also where something else was published over it since", () => {
    const { gate, draft, publish } = open();
    draft(SECOND, 1);
    draft(THIRD, 2);
    publish(SECOND.version, { act: 3 });
    publish(THIRD.version, { act: 4, over: SECOND.version });
    expect(publish(SECOND.version, { act: 3 })).toMatchObject({
      kind: "published",
      isNew: false,
      publication: { n: 2 },
    });
    expect(gate.policy(null)).toMatchObject({ n: 3, version: THIRD.version });
  });

  it("over another version than the one in force is a conflict that names what is in force", () => {
    const { gate, draft, publish } = open();
    draft(SECOND, 1);
    draft(THIRD, 2);
    publish(SECOND.version, { act: 3 });
    expect(publish(THIRD.version, { act: 4 })).toMatchObject({
      kind: "conflict",
      inForce: { n: 2, version: SECOND.version },
    });
    expect(gate.policy(null).version).toBe(SECOND.version);
  });

  it("of a version that nobody drafted does nothing", () => {
    const { gate, publish } = open();
    gate.keep(SECOND);
    expect(publish(SECOND.version)).toEqual({ kind: "unknown_version" });
    expect(gate.policy(null).n).toBe(1);
  });

  it("an earlier version is a publication like any other: it is in force again, with a number of its own", () => {
    const { gate, draft, publish } = open();
    draft(SECOND, 1);
    publish(SECOND.version, { act: 2 });
    expect(publish(FIRST, { act: 3, over: SECOND.version })).toMatchObject({
      kind: "published",
      isNew: true,
      publication: { n: 3, version: FIRST, by: BOB, draftedBy: null },
    });
    expect(publish(SECOND.version, { act: 4 })).toMatchObject({ publication: { n: 4, draftedBy: ADA } });
    expect(gate.history(2, 4).map(({ n, version }) => [n, version])).toEqual([
      [3, FIRST],
      [2, SECOND.version],
    ]);
    expect(gate.publicationOf(SECOND.version)?.n).toBe(4);
    expect(gate.publicationOf(THIRD.version)).toBeNull();
  });
});
