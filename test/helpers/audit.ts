import { DatabaseSync } from "node:sqlite";
import { generateAuditPair } from "../../cli/stack/keys.ts";
import { createHeadSigner } from "../../shared/audit/head.ts";
import { type Audit, createAudit } from "../../shared/audit/writer.ts";
import type { AuditRpc, NewAuditEntry } from "../../shared/contracts/audit.ts";
import { type PublicKey, publicKeysOf, signingKeyOf } from "../../shared/grant/keys.ts";
import { sqlOf } from "./ledger.ts";

export type LocalAudit = AuditRpc & { keys: readonly PublicKey[]; broken: Set<string>; sqlite: DatabaseSync };

/** The real writer of the audit over SQLite in memory: only the Durable Object around it is left out. */
export function createLocalAudit(sqlite = new DatabaseSync(":memory:")): LocalAudit {
  const pair = generateAuditPair("test");
  const opening = createHeadSigner(signingKeyOf(pair.AUDIT_SIGNING_KEY, "AUDIT")).then((signer) =>
    createAudit(sqlOf(sqlite), signer),
  );
  const broken = new Set<string>();
  const answered = async <Answer>(
    name: string,
    answer: (audit: Audit) => Answer | Promise<Answer>,
  ): Promise<Answer> => {
    if (broken.has(name)) throw new Error(`${name}: the audit does not answer`);
    return structuredClone(await answer(await opening));
  };
  return {
    keys: publicKeysOf(pair.AUDIT_PUBLIC_KEYS, "AUDIT"),
    broken,
    sqlite,
    append: (entries) => answered("append", (audit) => audit.append(entries)),
    head: () => answered("head", (audit) => audit.head()),
    entries: (after, limit) => answered("entries", (audit) => audit.entries(after, limit)),
    find: (events) => answered("find", (audit) => audit.find(events)),
  };
}

/** Act number n of somebody, as the audit takes it. */
export const newEntry = (n: number, changes: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
  event: `act:case_${n}:1`,
  at: 1_000 + n,
  by: { id: "person_anna", name: "Anna" },
  what: "case.note",
  about: `case_${n}`,
  before: { owner: null },
  after: { owner: "person_anna" },
  textHash: "0".repeat(64),
  ...changes,
});
