import * as v from "valibot";
import { shownAct } from "../../../shared/contracts/act.ts";
import type { AuditShown, AuditVerified } from "../../../shared/contracts/audit.ts";
import { listAudit } from "../../../shared/records/audit.ts";
import { showEntry, verifyAudit } from "../audit.ts";
import { auditQuery, auditVerifyQuery } from "../queries.ts";
import { missing } from "../refusals.ts";
import { route } from "../route.ts";
import { auditEntry, count, next, text } from "./answers.ts";

const finding = v.object({ what: v.string(), n: count, event: text, says: v.string() });

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
  answer: v.object({ done: count, of: count, findings: v.array(finding), more: count, next: text }),
  handle: async ({ query: { cursor = null } }, deps, { auditKeys = [] }) =>
    (await verifyAudit(cursor, deps, auditKeys)) satisfies AuditVerified,
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

export const AUDIT = [list, verify, show];
