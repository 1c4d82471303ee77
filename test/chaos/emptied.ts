import { callConsole } from "../../cli/client.ts";
import { collect } from "../../cli/pages.ts";
import { caseIdOf } from "../../shared/contracts/asked.ts";
import type { AuditEntry } from "../../shared/contracts/audit.ts";
import type { CaseLink, CaseNote, CaseRow } from "../../shared/contracts/records.ts";
import { mapLimit } from "../../shared/core/concurrency.ts";
import { casesIn, lettersIn, rebuildAll } from "./ask.ts";
import { auditIn } from "./crew/gathered.ts";
import type { CrewTold } from "./crew/index.ts";
import type { Doors } from "./victims.ts";

/** What people work with, as the database has it. */
export type Kept = {
  cases: CaseRow[];
  /** Of the cases that the crew was about: what people wrote and linked, and whose yes is given so far. */
  worked: Map<string, Worked>;
  people: { id: string; name: string; roles: string[]; revokedAt: number | null }[];
  audit: AuditEntry[];
  letters: string[];
  /** When all was read, by the Workers' clocks. */
  at: number;
};
export type Worked = { notes: CaseNote[]; links: CaseLink[]; given: { approvers: string[]; expiresAt: number } | null };
/** Before the database was emptied in the calm, and after it was rebuilt from the ledger. Null: it was not emptied. */
export type Emptied = { before: Kept; after: Kept } | null;

const AT_ONCE = 6;
const PATIENCE = { tries: 6, firstWaitMs: 100 };
const consoleOf = ({ consoleUrl, keys }: Doors) => ({ url: consoleUrl, key: keys.CONSOLE_TOKEN });

/** `lose`: the database is gone, and the stack is up again without it. */
export async function emptyAndRebuild(
  doors: Doors,
  crew: CrewTold,
  lose: () => Promise<Doors>,
  now: () => number,
): Promise<Emptied> {
  const ids = crew.matters.flatMap(({ action }) => (action === null ? [] : [caseIdOf(action)]));
  const before = await keptIn(doors, ids, now);
  const again = await lose();
  await rebuildAll(again);
  return { before, after: await keptIn(again, ids, now) };
}

async function keptIn(doors: Doors, ids: readonly string[], now: () => number): Promise<Kept> {
  const worked = await mapLimit(ids, AT_ONCE, async (id) => [id, await workedIn(doors, id)] as const);
  const people = await collect(consoleOf(doors), "GET /api/people", {}, Number.POSITIVE_INFINITY);
  return {
    cases: await casesIn(doors),
    worked: new Map(worked),
    people: people.items as Kept["people"],
    audit: await auditIn(doors),
    letters: (await lettersIn(doors)).map(({ id }) => id),
    at: now(),
  };
}

type Shown = Pick<Worked, "notes" | "links"> & { details: Pick<Worked, "given"> };

async function workedIn(doors: Doors, id: string): Promise<Worked> {
  const shown = await callConsole(consoleOf(doors), "GET /api/cases/{id}", { path: { id } }, PATIENCE);
  const { notes, links, details } = shown as unknown as Shown;
  return { notes, links, given: details.given };
}
