import type {
  NewDraft,
  NewPublication,
  PolicyDraft,
  PolicyInForce,
  PublishAnswer,
  Published,
  PublishedRow,
} from "../contracts/gate.ts";
import { type PersonRef, RELEASE_ID } from "../contracts/people.ts";
import type { Policy, PolicyDocument } from "../contracts/policy.ts";
import { canonicalJson, parseJson } from "../core/json.ts";
import type { Sql } from "../core/sql.ts";
import { readStoredDocument, UPGRADES } from "../policy/upgrades.ts";
import { type Stored, unreadable } from "./spoilt.ts";

type DocumentRow = { version: string; guardrails: string; document: string };
type DraftRow = { version: string; over: string; act: number; at: number; by: string; not_with: string };
type PublicationRow = {
  n: number;
  version: string;
  act: number | null;
  at: number;
  by: string | null;
  drafted_by: string | null;
};
/** The policy with which a deployment begins: publication 1 of a gate that has none. */
export type FirstPolicy = { policy: Policy; at: number };

/** A publication, and the hash of its guardrails. */
type InForce = { publication: Published; guardrails: string };

/** A document of the form of an earlier release is read with `steps`; its version is the hash of the form of before. */
type Kept = { document: PolicyDocument; guardrails: string; steps: string[] };
/** The newest publication, where an earlier release has published it: `document` in this release's form. */
export type Outdated = { n: number; version: string; document: PolicyDocument; steps: string[] };

/** Drafts that were never published are people's papers: the newest of each are kept, so that nobody's push out another's. */
export const DRAFTS_KEPT = { ofAuthor: 50, inAll: 1_000 };

/**
 * The publications of the policy and its drafts. The newest publication is in force. What is stored is checked each time it
 * is read from disk: what is no policy (any more) is an error, and the deployment's own document never stands in for it.
 * `upgrades`: how documents of earlier releases are read.
 */
export function createPublications(sql: Sql, first: FirstPolicy, draftsKept = DRAFTS_KEPT, upgrades = UPGRADES) {
  const rowsOf = <Row extends Record<string, string | number | null>>(
    query: string,
    ...bindings: (string | number)[]
  ): Row[] => sql.exec<Row>(query, ...bindings).toArray();

  const newestRow = (): PublicationRow | null =>
    rowsOf<PublicationRow>("SELECT * FROM publication ORDER BY n DESC LIMIT 1")[0] ?? null;

  /** What is in force, read once: admitting asks for it with each batch. Null: to be read. */
  let inForce: InForce | null = null;
  if (newestRow() === null) {
    keep(first.policy);
    insert({ n: 1, version: first.policy.version, act: null, at: first.at, by: null, drafted_by: null });
  }

  /** In place of what was kept under its version, which may have been altered since. */
  function keep({ version, sections, ...document }: Policy): void {
    sql.exec(
      "INSERT OR REPLACE INTO policy_document (version, guardrails, document) VALUES (?, ?, ?)",
      ...[version, sections.guardrails, canonicalJson(document)],
    );
    inForce = null;
  }

  function insert({ n, version, act, at, by, drafted_by }: PublicationRow): void {
    sql.exec(
      "INSERT INTO publication (n, version, act, at, by, drafted_by) VALUES (?, ?, ?, ?, ?, ?)",
      ...[n, version, act, at, by, drafted_by],
    );
  }

  /** What is kept under a version, and whether it can be read is another question; null: nothing. */
  function storedOf(version: string): Stored | null {
    const [row] = rowsOf<DocumentRow>("SELECT * FROM policy_document WHERE version = ?", version);
    if (row === undefined) return null;
    const parsed = parseJson(row.document);
    return { version, guardrails: row.guardrails, value: parsed.ok ? parsed.value : null };
  }

  function keptOf(version: string): Kept | null {
    const stored = storedOf(version);
    if (stored === null) return null;
    const read = readStoredDocument(stored.value, upgrades);
    if (read.ok) return { ...read.value, guardrails: stored.guardrails };
    throw new Error(unreadable(version, read.error));
  }

  function inForceOf(row: PublicationRow): InForce {
    const kept = keptOf(row.version);
    if (kept === null) throw new Error(`the gate has lost the document of policy ${row.version}`);
    const { document, guardrails } = kept;
    return { publication: { ...rowOf(row), document, ...formOf(kept) }, guardrails };
  }
  const publicationIn = (row: PublicationRow): Published => inForceOf(row).publication;

  function current(): InForce {
    if (inForce !== null) return inForce;
    const row = newestRow();
    if (row === null) throw new Error("the gate has no policy");
    const read = inForceOf(row);
    if (read.publication.ofEarlierRelease)
      throw new Error(
        `policy ${row.version} has the form of an earlier release, and was not published in this one's yet`,
      );
    inForce = read;
    return inForce;
  }

  const draftRow = (version: string): DraftRow | null =>
    rowsOf<DraftRow>("SELECT * FROM policy_draft WHERE version = ?", version)[0] ?? null;

  function draftOf(version: string): PolicyDraft | null {
    const row = draftRow(version);
    const kept = row === null ? null : keptOf(version);
    return row === null || kept === null ? null : { ...draftIn(row), document: kept.document, ...formOf(kept) };
  }

  const lastAct = (): number => rowsOf<{ n: number }>("SELECT n FROM policy_act")[0]?.n ?? 0;
  function take(act: number): void {
    if (act > lastAct()) sql.exec("INSERT OR REPLACE INTO policy_act (id, n) VALUES (1, ?)", act);
  }

  /** The oldest of their author, and the oldest of all, go where they were never published, with their documents. */
  function forgetDrafts(): void {
    sql.exec(
      `DELETE FROM policy_draft WHERE version NOT IN (SELECT version FROM publication) AND version NOT IN (
        SELECT version FROM (
          SELECT version, act, row_number() OVER (PARTITION BY json_extract(by, '$.id') ORDER BY act DESC) AS place
          FROM policy_draft) WHERE place <= ? ORDER BY act DESC LIMIT ?)`,
      ...[draftsKept.ofAuthor, draftsKept.inAll],
    );
    sql.exec(
      `DELETE FROM policy_document WHERE version NOT IN (SELECT version FROM policy_draft)
        AND version NOT IN (SELECT version FROM publication)`,
    );
  }

  const newestOf = (version: string): PublicationRow | null =>
    rowsOf<PublicationRow>("SELECT * FROM publication WHERE version = ? ORDER BY n DESC LIMIT 1", version)[0] ?? null;

  /** What this act has published, or what stands already: the same version over the same one, whoever published it. */
  function repeatedOf(newest: PublicationRow, { act, version, over }: NewPublication): PublicationRow | null {
    const [own] = rowsOf<PublicationRow>("SELECT * FROM publication WHERE act = ?", act);
    if (own !== undefined) return own;
    const [before] = rowsOf<PublicationRow>("SELECT * FROM publication WHERE n = ?", newest.n - 1);
    return newest.version === version && before?.version === over ? newest : null;
  }

  /**
   * Who drafted it: as it was published first, else the draft's author. The deployment's own document has no author, however
   * often it is drafted or published: null.
   */
  function authorOf(version: string): string | null {
    const [first] = rowsOf<PublicationRow>("SELECT * FROM publication WHERE version = ? ORDER BY n LIMIT 1", version);
    return first === undefined ? (draftRow(version)?.by ?? null) : first.drafted_by;
  }

  return {
    current,

    policy(known: string | null): PolicyInForce {
      const { n, version, document } = current().publication;
      return { n, version, document: known === version ? null : document, act: lastAct() };
    },

    /** The caller has computed its hashes. */
    keep,
    draftOf,

    draft({ version, over, act, at, by, notWith }: NewDraft): PolicyDraft | null {
      take(act);
      const before = draftOf(version);
      if (before !== null) return before;
      if (keptOf(version) === null) return null;
      sql.exec(
        "INSERT INTO policy_draft (version, over, act, at, by, not_with) VALUES (?, ?, ?, ?, ?, ?)",
        ...[version, over, act, at, textOf(by), JSON.stringify(notWith)],
      );
      forgetDrafts();
      return draftOf(version);
    },

    drafts: (): NewDraft[] => rowsOf<DraftRow>("SELECT * FROM policy_draft ORDER BY act DESC").map(draftIn),

    /** `version` null: of what is in force. */
    stored: (version: string | null): Stored | null => storedOf(version ?? newestRow()?.version ?? ""),

    /** `spoilt`: why what is kept under the version is no policy, by shared/gate/spoilt.ts. */
    publish(wanted: NewPublication, spoilt: string | null = null): PublishAnswer {
      take(wanted.act);
      if (spoilt !== null) return { kind: "spoilt", why: spoilt };
      const row = newestRow();
      if (row === null) throw new Error("the gate has no policy");
      // Looked at before `over`: to say the same again is no conflict.
      const done = repeatedOf(row, wanted);
      if (done !== null) return { kind: "published", publication: publicationIn(done), isNew: false };
      if (row.version !== wanted.over) return { kind: "conflict", inForce: publicationIn(row) };
      const { version, act, at, by } = wanted;
      const isKnown = draftRow(version) !== null || newestOf(version) !== null;
      // What has the form of an earlier release is no policy of this one, however well it can be read.
      if (!isKnown || keptOf(version)?.steps.length !== 0) return { kind: "unknown_version" };
      const n = row.n + 1;
      insert({ n, version, act, at, by: textOf(by), drafted_by: authorOf(version) });
      inForce = null;
      return { kind: "published", publication: current().publication, isNew: true };
    },

    /** Null: what is in force has this release's form. Throws where this release cannot read it. */
    outdated(): Outdated | null {
      const row = newestRow();
      const kept = row === null ? null : keptOf(row.version);
      if (row === null || kept === null || kept.steps.length === 0) return null;
      return { n: row.n, version: row.version, document: kept.document, steps: kept.steps };
    },

    /** Publishes it in this release's form, by the release, as the one after `n`. Whoever drafted it stays its author. */
    upgrade({ n, policy, steps, at }: { n: number; policy: Policy; steps: readonly string[]; at: number }): void {
      const row = newestRow();
      if (row?.n !== n) return;
      keep(policy);
      const by = textOf({ id: RELEASE_ID, name: `the release (${steps.join(", ")})` });
      insert({ n: n + 1, version: policy.version, act: null, at, by, drafted_by: row.drafted_by });
      inForce = null;
    },

    history: (limit: number, before: number | null): PublishedRow[] =>
      rowsOf<PublicationRow>(
        "SELECT * FROM publication WHERE n < ? ORDER BY n DESC LIMIT ?",
        ...[before ?? Number.MAX_SAFE_INTEGER, limit],
      ).map(rowOf),

    publicationOf(version: string): Published | null {
      const row = newestOf(version);
      return row === null ? null : publicationIn({ ...row, drafted_by: authorOf(version) });
    },
  };
}

export type Publications = ReturnType<typeof createPublications>;

const draftIn = ({ version, over, act, at, by, not_with }: DraftRow): NewDraft => ({
  version,
  over,
  act,
  at,
  by: personIn(by) ?? { id: "", name: "" },
  notWith: JSON.parse(not_with) as string[],
});

const rowOf = ({ n, version, act, at, by, drafted_by }: PublicationRow): PublishedRow => ({
  n,
  version,
  act,
  at,
  by: personIn(by),
  draftedBy: personIn(drafted_by),
});
const formOf = ({ steps }: Kept): Pick<Published, "ofEarlierRelease"> =>
  steps.length === 0 ? {} : { ofEarlierRelease: true };

const textOf = ({ id, name }: PersonRef): string => JSON.stringify({ id, name });
const personIn = (text: string | null): PersonRef | null => (text === null ? null : (JSON.parse(text) as PersonRef));
