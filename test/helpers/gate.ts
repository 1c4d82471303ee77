import { DatabaseSync } from "node:sqlite";
import type { GateRpc } from "../../shared/contracts/gate.ts";
import type { PolicyDocument } from "../../shared/contracts/policy.ts";
import type { Sql } from "../../shared/core/sql.ts";
import { createGate, type Gate } from "../../shared/gate/gate.ts";
import { DEFAULT_DOCUMENT, policyOf } from "../../shared/policy/document.ts";
import { PLATFORM_LIMITS } from "./d1.ts";
import { sqlOf } from "./ledger.ts";
import { policy } from "./policy.ts";

/** The default document as the policy that a gate begins with. */
export const FIRST_POLICY = { policy, at: 1 };

/** A gate that begins with the default document. */
export const openGate = (sql: Sql = sqlOf(new DatabaseSync(":memory:", { limits: PLATFORM_LIMITS }))): Gate =>
  createGate(sql, FIRST_POLICY);

/** A copy of the default document that the test changes. */
export function editedDocument(edit: (document: PolicyDocument) => void): PolicyDocument {
  const document = structuredClone(DEFAULT_DOCUMENT);
  edit(document);
  return document;
}

/** The real gate over SQLite in memory, as its callers see it: only the Durable Object around it is left out. */
export function createLocalGate(clock: { now: number }): GateRpc & { broken: Set<string>; sqlite: DatabaseSync } {
  const sqlite = new DatabaseSync(":memory:", { limits: PLATFORM_LIMITS });
  const gate = openGate(sqlOf(sqlite));
  const broken = new Set<string>();
  const answered = async <Answer>(name: string, answer: () => Answer): Promise<Answer> => {
    if (broken.has(name)) throw new Error(`${name}: the gate does not answer`);
    return structuredClone(answer());
  };
  return {
    broken,
    sqlite,
    admit: (requests) => answered("admit", () => gate.admit(requests, clock.now)),
    hold: (scope, reason, by, request) => answered("hold", () => gate.hold(scope, reason, by, clock.now, request)),
    lift: (scope, reason, request) => answered("lift", () => gate.lift(scope, reason, clock.now, request)),
    holds: () => answered("holds", () => gate.holds()),
    holdReasons: (of, remove) => answered("holdReasons", () => gate.holdReasons(of, remove)),
    totals: () => answered("totals", () => gate.totals(clock.now)),
    above: (limits) => answered("above", () => gate.above(limits, clock.now)),
    hear: (words) => answered("hear", () => gate.hear(words, clock.now)),
    heard: () => answered("heard", () => gate.heard()),
    policy: (known) => answered("policy", () => gate.policy(known)),
    keep: async (document) => {
      const policy = await policyOf(document);
      return await answered("keep", () => {
        gate.keep(policy);
        return policy.version;
      });
    },
    draft: (draft) => answered("draft", () => gate.draft(draft)),
    draftOf: (version) => answered("draftOf", () => gate.draftOf(version)),
    drafts: () => answered("drafts", () => gate.drafts()),
    spoilt: async (version) => {
      const why = await gate.spoilt(version);
      return await answered("spoilt", () => why);
    },
    publish: async (wanted) => {
      const spoilt = await gate.spoilt(wanted.version);
      return await answered("publish", () => gate.publish(wanted, spoilt));
    },
    history: (limit, before) => answered("history", () => gate.history(limit, before)),
    publicationOf: (version) => answered("publicationOf", () => gate.publicationOf(version)),
  };
}
