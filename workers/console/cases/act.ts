import type { ActDetail, ActName } from "../../../shared/contracts/act.ts";
import type { Person } from "../../../shared/contracts/people.ts";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import { canonicalJson } from "../../../shared/core/json.ts";
import { problem } from "../../../shared/http/problem.ts";
import { BEFORE_LAST, nextAct, sameActBefore } from "../../../shared/records/acts/next.ts";
import { type ActEvent, recordAct } from "../../../shared/records/acts/record.ts";
import { applyCaseAct } from "../../../shared/records/case-work.ts";
import { getCase } from "../../../shared/records/cases.ts";
import type { Around, RequestDeps } from "../deps.ts";
import { missing } from "../refusals.ts";

/** What one person does about one case. `key`: of the request, so that it may be repeated. `text`: masked. */
export type CaseAct = {
  id: string;
  what: Extract<ActName, `case.${string}`>;
  person: Person;
  key: string;
  text: string | null;
  /** The action's row has compared what was sent under this key, and has taken it. */
  isTaken?: boolean;
};
/** What it changes, for the record; or why it is not done. Asked again where somebody acted meanwhile. */
export type Wanted = (row: CaseRow) => { before?: ActDetail; after?: ActDetail } | Response;
export type ActDeps = Pick<RequestDeps, "ledger" | "records" | "audited">;

const actedMeanwhile = (): Response =>
  problem(409, "Other people acted on this case again and again meanwhile. Look at it, and try once more.");
const unavailable = (): Response =>
  problem(503, "The ledger did not take the act, and nothing was done. Send the request again: repeating it is safe.");

const keyUsed = (): Response =>
  problem(422, "This Idempotency-Key was sent with something else about this case before. Use a new key.");

/** How often an exclusive act is tried behind the acts of others. */
const TRIES = 20;

/**
 * An act of which only one can stand: who has the case. First the ledger, then D1, then the audit; the same request again
 * goes on where it was cut off. Whoever acted before is heard of first, and `wanted` decides anew.
 */
export async function actAlone(
  act: CaseAct,
  wanted: Wanted,
  deps: ActDeps,
  around: Around,
): Promise<CaseRow | Response> {
  let looked = 0;
  for (let tries = 0; tries < TRIES; tries++) {
    const row = await getCase(deps.records, act.id);
    if (row === null) return missing("case", act.id);
    const change = wanted(row);
    const before = await doneBefore(act, change, row, deps, looked);
    looked = row.acts;
    if (before === "other") return keyUsed();
    if (before === "done") return (await getCase(deps.records, act.id)) ?? missing("case", act.id);
    if (change instanceof Response) return change;
    const n = row.acts + 1;
    const stands = await recordAct(deps.ledger, { ...eventOf(act, row, around), ...change, n });
    if (stands.kind === "unavailable") return unavailable();
    const { event } = stands;
    if (event.act === undefined) throw new Error(`${event.id} is no act of a person with a name`);
    await write([{ n, event: { ...event, act: event.act } }], deps);
    if (stands.kind !== "other") return (await getCase(deps.records, act.id)) ?? missing("case", act.id);
  }
  return actedMeanwhile();
}

/** An act that shuts out no other: it is written behind those that came before. */
export async function actBeside(
  act: CaseAct,
  wanted: Wanted,
  deps: ActDeps,
  around: Around,
): Promise<CaseRow | Response> {
  const row = await getCase(deps.records, act.id);
  if (row === null) return missing("case", act.id);
  const change = wanted(row);
  const before = await doneBefore(act, change, row, deps);
  if (before === "other") return keyUsed();
  if (before === "done") return (await getCase(deps.records, act.id)) ?? missing("case", act.id);
  if (change instanceof Response) return change;
  const numbered = await nextAct(deps.ledger, {
    ...eventOf(act, row, around),
    ...change,
    last: row.acts,
    looked: true,
  });
  if (numbered === null) return unavailable();
  const passed = numbered.passed.map((event, index) => ({ n: row.acts + 1 + index, event }));
  await write([...passed, { n: numbered.n, event: numbered.event }], deps);
  return (await getCase(deps.records, act.id)) ?? missing("case", act.id);
}

/**
 * done   the same request again: its act stands, and what is left to do of it is done. `change` may see its own effect
 * other  this person has sent something else under this key
 * none   it is new
 *
 * `looked`: the acts up to this number were looked at before.
 */
async function doneBefore(
  { id, what, person, key, text, isTaken = false }: CaseAct,
  change: ReturnType<Wanted>,
  row: CaseRow,
  deps: ActDeps,
  looked = 0,
): Promise<"done" | "other" | "none"> {
  const { before } = change instanceof Response ? {} : change;
  // One more than D1 knows: the act may have been cut short before it.
  const numbers = { last: row.acts + 1, first: Math.max(looked, row.acts + 1 - BEFORE_LAST) + 1 };
  const wanted = { what, by: person, about: id, key, ...(before && { before }) };
  const stands = await sameActBefore(deps.ledger, numbers, wanted);
  if (stands === null) return "none";
  const { n, event } = stands;
  // Words that were removed since are not compared; nor what is refused now, since it may be the act that stands.
  const isOtherText = event.text !== undefined && event.text !== text;
  const isOtherChange = !(change instanceof Response) && !isSame(change.after, event.act.after);
  if (!isTaken && (isOtherText || isOtherChange)) return "other";
  await write([{ n, event }], deps);
  return "done";
}

const isSame = (wanted: ActDetail = {}, stands: ActDetail): boolean => canonicalJson(wanted) === canonicalJson(stands);

async function write(acts: readonly { n: number; event: ActEvent }[], { records, audited }: ActDeps): Promise<void> {
  for (const { n, event } of acts) await applyCaseAct(records, event, n);
  await audited?.(acts.map(({ event }) => event));
}

function eventOf({ id, what, person, key, text }: CaseAct, { payment, customer }: CaseRow, { mode, now }: Around) {
  return {
    what,
    by: { id: person.id, name: person.name },
    about: id,
    key,
    text,
    at: now(),
    mode,
    fields: { ...(payment === null ? {} : { payment }), ...(customer === null ? {} : { customer }) },
  };
}
