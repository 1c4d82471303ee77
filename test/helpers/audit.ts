import { DatabaseSync } from "node:sqlite";
import { generateAuditPair } from "../../cli/stack/keys.ts";
import { createHeadSigner } from "../../shared/audit/head.ts";
import { createAudit } from "../../shared/audit/writer.ts";
import type { AuditRpc, NewAuditEntry } from "../../shared/contracts/audit.ts";
import { type PublicKey, publicKeysOf, signingKeyOf } from "../../shared/grant/keys.ts";
import { sqlOf } from "./ledger.ts";

export type LocalAudit = AuditRpc & { keys: readonly PublicKey[]; broken: Set<string>; sqlite: DatabaseSync };

/** The real writer of the audit over SQLite in memory: only the Durable Object around it is left out. */
export async function createLocalAudit(sqlite = new DatabaseSync(":memory:")): Promise<LocalAudit> {
  const pair = generateAuditPair("test");
  const audit = createAudit(sqlOf(sqlite), await createHeadSigner(signingKeyOf(pair.AUDIT_SIGNING_KEY, "AUDIT")));
  const broken = new Set<string>();
  const answered = async <Answer>(name: string, answer: () => Answer | Promise<Answer>): Promise<Answer> => {
    if (broken.has(name)) throw new Error(`${name}: the audit does not answer`);
    return structuredClone(await answer());
  };
  return {
    keys: publicKeysOf(pair.AUDIT_PUBLIC_KEYS, "AUDIT"),
    broken,
    sqlite,
    append: (entries) => answered("append", () => audit.append(entries)),
    head: () => answered("head", () => audit.head()),
    entries: (after, limit) => answered("entries", () => audit.entries(after, limit)),
    find: (events) => answered("find", () => audit.find(events)),
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
