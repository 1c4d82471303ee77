import * as v from "valibot";
import { shownAct } from "../../../shared/contracts/act.ts";
import type { AuditActs, AuditShown, AuditVerified } from "../../../shared/contracts/audit.ts";
import { listAudit } from "../../../shared/records/audit.ts";
import { showEntry, verifyAudit } from "../audit.ts";
import { actsWithoutEntry } from "../audit-acts.ts";
import { auditActsQuery, auditQuery, auditVerifyQuery } from "../queries.ts";
import { missing } from "../refusals.ts";
import { route } from "../route.ts";
import { auditEntry, auditFinding, count, next, text } from "./answers.ts";

const head = v.pipe(
  v.object({ n: count, hash: v.string(), kid: v.string(), signature: v.string() }),
  v.description("the newest entry, as the writer signed it: keep it elsewhere, and compare with it later"),
);

const list = route({
  method: "GET",
  path: "/api/audit",
  role: "viewer",
  summary: "What people have done, newest first: by person, by what it was about, by time.",
  query: auditQuery,
  answer: v.object({ items: v.array(auditEntry), next }),
  handle: async ({ query }, { records }) => {
    const { items, next } = await listAudit(records, { ...query, after: query.cursor ?? null });
    return { items: items.map(shownAct), next };
  },
});

const verify = route({
  method: "GET",
  path: "/api/audit/verify",
  role: "viewer",
  summary: "Verifies a page of the audit against its chain and its signed head; go on with `next`.",
  query: auditVerifyQuery,
  answer: v.object({ done: count, of: count, head, findings: v.array(auditFinding), more: count, next: text }),
  handle: async ({ query: { cursor = null, kept = null } }, deps, { auditKeys = [] }) =>
    (await verifyAudit(cursor, deps, auditKeys, kept)) satisfies AuditVerified,
});

const acts = route({
  method: "GET",
  path: "/api/audit/acts",
  role: "viewer",
  summary: "Acts that the ledger has and the audit has no entry of, a page of the ledger at a time; go on with `next`.",
  query: auditActsQuery,
  answer: v.object({ acts: count, done: count, of: count, findings: v.array(auditFinding), more: count, next: text }),
  handle: async ({ query: { cursor = null } }, deps, { now }) =>
    (await actsWithoutEntry(cursor, { ...deps, now: now() })) satisfies AuditActs,
});

const show = route({
  method: "GET",
  path: "/api/audit/:n{[1-9][0-9]*}",
  role: "viewer",
  summary: "One entry of the audit, with the words of its act where they are still kept.",
  answer: v.object({ entry: auditEntry, words: v.picklist(["none", "kept", "changed", "removed"]), text }),
  handle: async ({ params: { n = "" } }, deps) => {
    const shown: AuditShown | null = await showEntry(Number(n), deps);
    return shown === null ? missing("entry", n) : { ...shown, entry: shownAct(shown.entry) };
  },
});

export const AUDIT = [list, verify, acts, show];
