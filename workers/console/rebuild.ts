import type { AuditRpc } from "../../shared/contracts/audit.ts";
import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type {
  RebuildReceipt,
  Recorded,
  RecordedPart,
  RecordedPosition,
  RecordedRow,
} from "../../shared/contracts/recorded.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import type { ActionView, RowRef } from "../../shared/contracts/views.ts";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../shared/core/concurrency.ts";
import { HISTORY_MAX } from "../../shared/ledger/settings.ts";
import { summaryOfEvent } from "../../shared/queue/doorbells.ts";
import { appendToAudit } from "../../shared/records/acts/audit.ts";
import { actOf, letterOfAct } from "../../shared/records/acts/letters.ts";
import type { ActEvent } from "../../shared/records/acts/record.ts";
import { caseRowOf } from "../../shared/records/case.ts";
import { restoreAnswer } from "../../shared/records/case-work.ts";
import type { Database } from "../../shared/records/database.ts";
import { getDeadLetter } from "../../shared/records/dead-letters.ts";
import { type DiedRow, type PastDeath, pastDeaths } from "../../shared/records/deaths.ts";
import { caseIdOfNotice, informationRowOf, type RowOfNotice } from "../../shared/records/information.ts";
import { idOfDeath, letterOfRow, messageOf } from "../../shared/records/letter.ts";
import { type PlacingPolicy, placeOf } from "../../shared/records/place.ts";
import { restoreAct as restoreActOn, restoreCase, restoreDeadLetter } from "../../shared/records/restore.ts";
import { doorbellFor, rowOf } from "./acts.ts";
import { dropUnproven } from "./people/drop-unproven.ts";
import type { Proven } from "./people/proven.ts";
import { RESTORE_ACT } from "./rebuild-acts.ts";

export type RebuildDeps = {
  ledger: Pick<Ledger, "recorded" | "actions" | "notices" | "deadRow" | "eventView" | "rawOf">;
  records: Database;
  audit: Pick<AuditRpc, "append">;
  /** What cases are placed by; null: the gate does not say, and the next look of the escalate Worker places them. */
  policy: PlacingPolicy | null;
  /** Tells whom this console has proven; null: it has no key, and no row of people is looked at. */
  proven: Pick<Proven, "isProven" | "personOf"> | null;
};

/** What was written, and what nobody has proven. */
type Rebuilt = RebuildReceipt["restored"] & Pick<RebuildReceipt, "unproven">;
export type RebuildAnswer = Omit<RebuildReceipt, "next"> & { next: RecordedPosition | null };

/**
 * A Worker's invocation may ask D1 a thousand times (https://developers.cloudflare.com/d1/platform/limits/). A page has at
 * most fifty rows, with at most four statements each but for a row that died often.
 */
const PAGES_AT_ONCE = 50;
const ROWS_AT_ONCE = 100;

/** A database that is just back still fails now and then: a row is tried again before its page is given up. */
const TRIES_A_ROW = 5;

/**
 * Writes D1 again from the ledger, from a position on, for as long as one request should last. What D1 has and is as new is
 * left, so it may run at any time, twice, or be stopped and continued. Where a page fails, what was done before it is
 * answered; throws where that is nothing.
 */
export async function rebuild(from: RecordedPosition | null, deps: RebuildDeps): Promise<RebuildAnswer> {
  const restored: Rebuilt = { cases: 0, deadLetters: 0, acts: 0, audit: 0, unproven: [] };
  // First: a row that nobody has proven would shut out the true one, by its number or by its identity.
  if (from === null && deps.proven !== null) restored.unproven.push(...(await dropUnproven(deps.records, deps.proven)));
  let page = await pageAt(from, restored, deps);
  let rows = page.rows.length;
  for (let pages = 1; page.next !== null && pages < PAGES_AT_ONCE && rows < ROWS_AT_ONCE; pages++) {
    const following = await pageAt(page.next, restored, deps).catch(() => null);
    if (following === null) break;
    page = following;
    rows += page.rows.length;
  }
  const { unproven, ...counts } = restored;
  return { restored: counts, unproven: [...new Set(unproven)].sort(), done: page.done, of: page.of, next: page.next };
}

async function pageAt(position: RecordedPosition | null, restored: Rebuilt, deps: RebuildDeps): Promise<Recorded> {
  const page = await deps.ledger.recorded(position);
  const acts = await mapLimit(page.rows, OUTSIDE_CALLS_AT_ONCE, async (row) => {
    for (let tries = 1; ; tries++) {
      try {
        return await RESTORE[page.part](row, restored, deps);
      } catch (error) {
        if (tries >= TRIES_A_ROW) throw error;
      }
    }
  });
  const named = acts.flatMap((act) => act ?? []).sort((a, b) => a.occurredAt - b.occurredAt);
  restored.audit += await appendToAudit(deps, named);
  return page;
}

/** Answers the act of a person that the row records; the audit may lack it. */
type Restore = (row: RecordedRow, restored: Rebuilt, deps: RebuildDeps) => Promise<ActEvent | null>;

const RESTORE: Record<RecordedPart, Restore> = {
  actions: async ({ id, subject }, restored, deps) => {
    if (subject === null) return null;
    const [view = null] = await deps.ledger.actions([{ id, subject }]);
    if (view !== null) await restoreCaseOf(view, restored, deps);
    if (view !== null) await restoreInformation({ event: null, action: view }, restored, deps);
    await restoreDeaths({ kind: "action", id, subject }, restored, deps);
    return null;
  },
  events: async ({ id }, restored, deps) => {
    const event = await deps.ledger.eventView(id);
    if (event !== null) await restoreInformation({ event, action: null }, restored, deps);
    await restoreDeaths({ kind: "event", id }, restored, deps);
    return null;
  },
  messages: async ({ id }, restored, { ledger, records }) => {
    const raw = await ledger.rawOf(id);
    const letter = raw === null ? null : messageOf(raw);
    if (letter === null) return null;
    const row: DeadLetterRow = { ...letter, state: "dead", redrives: 0, actedAt: null, discardReason: null };
    if (await restoreDeadLetter(records, row)) restored.deadLetters += 1;
    return null;
  },
  acts: restoreAct,
  answers: async ({ id }, restored, { ledger, records }) => {
    const view = await ledger.eventView(id);
    const caseId = view?.event.object;
    if (view === null || caseId === undefined) return null;
    if (await restoreAnswer(records, caseId, view.event, view.acceptedAt)) restored.acts += 1;
    return null;
  },
  redrives: restoreAct,
  discards: restoreAct,
  // The gate has them; the audit names who did it.
  holds: restoreAct,
  lifts: restoreAct,
};

async function restoreAct({ id }: RecordedRow, restored: Rebuilt, deps: RebuildDeps): Promise<ActEvent | null> {
  const event = (await deps.ledger.eventView(id))?.event ?? null;
  if (event === null) return null;
  await restoreActOfLetter(event, restored, deps);
  if (event.act === undefined) return null;
  const act = { ...event, act: event.act };
  const wrote = await RESTORE_ACT[act.act.what](act, deps);
  if (wrote === "unproven") {
    restored.unproven.push(id);
    return null;
  }
  if (wrote) restored.acts += 1;
  return act;
}

/** Placed by the policy in force, as a case that is opened now. */
async function restoreCaseOf(view: ActionView, restored: Rebuilt, deps: RebuildDeps): Promise<void> {
  // Without a case there is nothing that its event could say more of.
  if (caseRowOf(view) === null) return;
  const event = (await deps.ledger.eventView(view.eventId))?.event ?? null;
  const row = caseRowOf(view, event);
  if (row === null) return;
  if (await restoreCase(deps.records, { ...row, ...placeOf(row, event, deps.policy) })) restored.cases += 1;
}

/**
 * The case that tells of a row that waits for long, or has waited. Its notice is read after the row: one that was written
 * between must not be taken for one that is gone, since nobody would open its case again.
 */
async function restoreInformation(
  row: RowOfNotice,
  restored: Rebuilt,
  { ledger, records, policy }: RebuildDeps,
): Promise<void> {
  const ref = refOf(row);
  const [notice = null] = await ledger.notices([ref]);
  const information = informationRowOf(await caseIdOfNotice(ref), { row, notice }, summaryOfEvent);
  if (information === null) return;
  const placing = placeOf(information, row.event?.event ?? null, policy);
  if (await restoreCase(records, { ...information, ...placing })) restored.cases += 1;
}

function refOf({ event, action }: RowOfNotice): RowRef {
  if (action === null) return { kind: "event", id: event.event.id };
  return { kind: "action", id: action.action.id, subject: action.action.subject };
}

async function restoreDeaths(ref: RowRef, restored: Rebuilt, { ledger, records }: RebuildDeps): Promise<void> {
  const died = await diedRow(ref, ledger);
  if (died === null || died.deaths === 0) return;
  for (const past of pastDeaths(died)) {
    const letter = await letterOfDeath(ref, past);
    if (await restoreDeadLetter(records, letter)) restored.deadLetters += 1;
  }
}

/** Two calls tell of a row, so they are made again where it has changed between them. */
async function diedRow(ref: RowRef, ledger: RebuildDeps["ledger"]): Promise<DiedRow | null> {
  for (let n = 0; n < READS_MAX; n++) {
    const dead = await ledger.deadRow(ref);
    const view = dead === null ? null : await viewOf(ref, ledger);
    if (dead === null || view === null) return null;
    const { state, history, lastAt } = view;
    if (lastAt === dead.lastAt) return { ...dead, state, history, isWhole: history.length < HISTORY_MAX };
  }
  throw new Error(`${ref.kind} ${ref.id} changed each time that it was read`);
}
const READS_MAX = 5;

type View = Pick<DiedRow, "state" | "history"> & { lastAt: number };

async function viewOf(ref: RowRef, ledger: RebuildDeps["ledger"]): Promise<View | null> {
  if (ref.kind === "event") {
    const view = await ledger.eventView(ref.id);
    return view === null ? null : { ...view, lastAt: view.history.at(-1)?.at ?? view.acceptedAt };
  }
  const [view = null] = await ledger.actions([ref]);
  return view === null ? null : { ...view, lastAt: view.updatedAt };
}

/** The message that died is gone; its doorbell is made anew, and says no less. */
async function letterOfDeath(ref: RowRef, { death, redriven }: PastDeath): Promise<DeadLetterRow> {
  const letter = await letterOfRow(ref, doorbellFor(ref, death.queue, "rebuilt"), death);
  const dead: DeadLetterRow = { ...letter, state: "dead", redrives: 0, actedAt: null, discardReason: null };
  if (redriven === null) return dead;
  // The nonce has gone with the middle of the history, or with its time.
  const nonce = redriven === "forgotten" ? "" : (redriven.detail ?? "");
  if (redriven === "forgotten" || !nonce.startsWith("dl_")) return { ...dead, state: "redriven", redrives: 1 };
  const n = numberIn(nonce, letter.id);
  return n === null ? dead : { ...dead, state: "redriven", redrives: n, actedAt: redriven.at };
}

/** The nonce of a redrive is `<letter>:<n>`. One of another letter is none of this one. */
function numberIn(nonce: string, letter: string): number | null {
  const n = nonce.startsWith(`${letter}:`) ? Number(nonce.slice(letter.length + 1)) : 0;
  return Number.isSafeInteger(n) && n > 0 ? n : null;
}

/** Also of the acts that were recorded before people had names. */
async function restoreActOfLetter(event: PaymentEvent, restored: Rebuilt, deps: RebuildDeps): Promise<void> {
  const named = letterOfAct(event.id);
  const act = named === null ? null : actOf(event);
  if (named === null || act === null) return;
  const isDone =
    act.kind === "edit"
      ? (await deps.ledger.eventView(act.event)) !== null
      : act.kind === "redrive" && (named.isSent || (await hasMovedOn(named.letter, deps)));
  const state = isDone ? "redriven" : "redriving";
  if (await restoreActOn(deps.records, named.letter, named.n, act, state)) restored.acts += 1;
}

/**
 * Whether nothing is left to redrive: the row lives, or has died once more since, which is another letter. A redrive that
 * was cut short goes on when a person asks for it again.
 */
async function hasMovedOn(letterId: string, { ledger, records }: RebuildDeps): Promise<boolean> {
  const letter = await getDeadLetter(records, letterId);
  const row = letter === null ? null : rowOf(letter);
  const died = row === null ? null : await diedRow(row, ledger);
  if (row === null || died === null) return false;
  if (died.state !== "dead" && died.state !== "dead_lettered") return true;
  return letterId !== (await idOfDeath(row, died.deaths));
}
