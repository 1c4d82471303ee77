import { callConsole } from "../../../cli/client.ts";
import { collect } from "../../../cli/pages.ts";
import { caseIdOf } from "../../../shared/contracts/asked.ts";
import type { AuditEntry } from "../../../shared/contracts/audit.ts";
import type { Found } from "../../../shared/contracts/find.ts";
import type { PublicationRow } from "../../../shared/contracts/policy-answers.ts";
import type { CaseLink, CaseNote, CaseRow } from "../../../shared/contracts/records.ts";
import type { ActionView } from "../../../shared/contracts/views.ts";
import { mapLimit } from "../../../shared/core/concurrency.ts";
import { type ApprovalCheck, createApprovalVerifier } from "../../../shared/grant/approval.ts";
import { publicKeysOf } from "../../../shared/grant/keys.ts";
import { type Authenticity, createAuthenticator } from "../../../shared/grant/verify.ts";
import { callAsInsider } from "../ask.ts";
import type { Doors } from "../victims.ts";
import type { CrewTold } from "./index.ts";

/** A case of theirs as the database has it at the end. */
export type KeptCase = Pick<
  CaseRow,
  "state" | "openedAt" | "owner" | "decidedBy" | "code" | "snoozedUntil" | "askedAt"
> & {
  notes: Pick<CaseNote, "event" | "what" | "byId" | "text">[];
  links: string[];
};

/** A policy that was published. `by` null: the deployment came with it. */
export type Publication = Pick<PublicationRow, "n" | "version" | "by" | "draftedBy">;

/** What stands about people's acts, read from the ledger, the audit and the database, and verified with the public keys alone. */
export type PeopleBooks = {
  /** By the id of its event. */
  approvals: Map<string, ApprovalCheck>;
  /** By action: who signed the grant that it has. */
  grants: Map<string, Authenticity>;
  audit: AuditEntry[];
  /** What `audit verify` found, in words. */
  findings: string[];
  /** By action. */
  cases: Map<string, KeptCase>;
  publications: Publication[];
};
export const NOTHING_BY_PEOPLE: PeopleBooks = {
  approvals: new Map(),
  grants: new Map(),
  audit: [],
  findings: [],
  cases: new Map(),
  publications: [],
};

const AT_ONCE = 6;
const PATIENCE = { tries: 6, firstWaitMs: 100 };
const FOUND_MAX = 100;
const consoleOf = ({ consoleUrl, keys }: Doors) => ({ url: consoleUrl, key: keys.CONSOLE_TOKEN });

/** The ids of the events by which approvals of these matters came, forged ones included. */
export async function approvalEvents(doors: Doors, { matters }: CrewTold): Promise<string[]> {
  const found = await mapLimit(matters, AT_ONCE, async ({ subject, forged }) => {
    const { rows } = await callAsInsider<Found>(doors, { name: "find", args: [subject, FOUND_MAX, null] });
    return [...rows.map(({ eventId }) => eventId), ...(forged === null ? [] : [forged])];
  });
  return [...new Set(found.flat().filter((id) => id.startsWith("approval:")))];
}

export const auditIn = async (doors: Doors): Promise<AuditEntry[]> =>
  (await collect(consoleOf(doors), "GET /api/audit", {}, Number.POSITIVE_INFINITY)).items as AuditEntry[];

export async function gatherPeople(
  doors: Doors,
  { matters }: CrewTold,
  events: readonly string[],
  actions: ReadonlyMap<string, ActionView>,
): Promise<PeopleBooks> {
  const verify = await createApprovalVerifier(publicKeysOf(doors.keys.APPROVAL_PUBLIC_KEYS, "APPROVAL"));
  const authenticate = await createAuthenticator(publicKeysOf(doors.keys.GRANT_PUBLIC_KEYS));
  const named = [...actions.values()].flatMap(({ approved }) => approved?.approval ?? []);
  const approvals = await mapLimit([...new Set([...events, ...named])], AT_ONCE, async (id) => {
    const raw = await callAsInsider<string | null>(doors, { name: "rawOf", args: [id] });
    return [id, await verify({ id, mode: "test" }, raw)] as const;
  });
  const grants: [string, Authenticity][] = [];
  for (const { action, grant } of actions.values())
    if (grant !== null) grants.push([action.id, await authenticate(grant)]);
  const cases = await mapLimit(
    matters.flatMap(({ action }) => action ?? []),
    AT_ONCE,
    async (action) => [action, await caseOf(doors, caseIdOf(action))] as const,
  );
  return {
    approvals: new Map(approvals),
    grants: new Map(grants),
    audit: await auditIn(doors),
    findings: await verifyAudit(doors),
    cases: new Map(cases),
    publications: await publicationsIn(doors),
  };
}

async function caseOf(doors: Doors, id: string): Promise<KeptCase> {
  const shown = await callConsole(consoleOf(doors), "GET /api/cases/{id}", { path: { id } }, PATIENCE);
  const { case: row, notes, links } = shown as unknown as { case: CaseRow; notes: CaseNote[]; links: CaseLink[] };
  const { state, openedAt, owner, decidedBy, code, snoozedUntil, askedAt } = row;
  return {
    ...{ state, openedAt, owner, decidedBy, code, snoozedUntil, askedAt },
    notes: notes.map(({ event, what, byId, text }) => ({ event, what, byId, text })),
    links: links.map(({ other }) => other),
  };
}

async function publicationsIn(doors: Doors): Promise<Publication[]> {
  const { items } = await callConsole(
    consoleOf(doors),
    "GET /api/policy/history",
    { query: { limit: "100" } },
    PATIENCE,
  );
  return items.map(({ n, version, by, draftedBy }) => ({ n, version, by, draftedBy }));
}

/** As `countersign audit verify` does: page by page. */
async function verifyAudit(doors: Doors): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null = null; ; ) {
    const query: { cursor?: string } = cursor === null ? {} : { cursor };
    const page: { findings: { says: string }[]; more: number; next: string | null } = await callConsole(
      consoleOf(doors),
      "GET /api/audit/verify",
      { query },
      PATIENCE,
    );
    found.push(...page.findings.map(({ says }) => says));
    if (page.more > 0) found.push(`and ${page.more} more on this page`);
    if (page.next === null) return found;
    cursor = page.next;
  }
}
