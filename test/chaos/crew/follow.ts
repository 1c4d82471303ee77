import { pause } from "../../../cli/http.ts";
import { isTerminal } from "../../../shared/contracts/action.ts";
import { caseIdOf } from "../../../shared/contracts/asked.ts";
import type { Trace } from "../../../shared/contracts/views.ts";
import type { Acting } from "../ask.ts";
import { carryOut } from "./carry-out.ts";
import { type Click, kindOf, look } from "./click.ts";
import type { Matter } from "./matters.ts";
import { ask } from "./question.ts";
import type { Seen } from "./shown.ts";
import type { Following, ToldMatter } from "./told.ts";

const LOOK_MS = 400;
/** How often people say yes again when the case comes back. */
const ROUNDS_MAX = 3;

/** One matter from its question to its end: people do about its case what the plan says. */
export async function follow(matter: Matter, following: Following): Promise<ToldMatter> {
  const told: ToldMatter = { ...matter, event: null, action: null, clicks: [], answers: [], forged: null };
  await following.waiting(until(() => following.sent() >= matter.atItem, following));
  told.event = await ask(matter.question, `chaos-matter-${matter.nth}`, following);
  for (let round = 0; round < ROUNDS_MAX && told.event !== null; round++) {
    const seen = await following.waiting(opened(told.event, following));
    if (seen === null) return told;
    told.action = seen.action;
    if (round === 0) following.seenCases.push(seen.caseId);
    if (round === 0 && matter.heldFor !== null) await following.waiting(following.held.until(matter.heldFor));
    const before = told.clicks.length;
    await carryOut(told, seen, round, following);
    if (!told.clicks.slice(before).some(isApproved)) return told;
  }
  return told;
}

export const isApproved = ({ status, value }: Click): boolean => status === 200 && kindOf(value) === "approved";

async function until(isSo: () => boolean, { signal }: Acting): Promise<void> {
  while (!isSo() && !signal.aborted) await pause(LOOK_MS, signal);
}

type Shown = {
  case: { state: string };
  decide: { round: number; proposal: string } | null;
  details: { verdicts: { rule: string; mayBeOverridden: boolean }[] };
};

/** Its case, once it is open for people. Null: it has ended without one, or they have ended it. */
async function opened(event: string, following: Following): Promise<Seen | null> {
  while (!following.signal.aborted) {
    const seen = await openedNow(event, following);
    if (seen !== "later") return seen;
    await pause(LOOK_MS, following.signal);
  }
  return null;
}

async function openedNow(event: string, following: Following): Promise<Seen | null | "later"> {
  const { staff } = following;
  const trace = await look<Trace>(staff.rea, `/api/trace/${encodeURIComponent(event)}`, following);
  if (trace === null || !trace.terminal) return "later";
  const view = trace.action;
  if (view === null || (isTerminal(view.state) && view.state !== "case_open")) return null;
  const caseId = caseIdOf(view.action.id);
  const shown = await look<Shown>(staff.rea, `/api/cases/${caseId}`, following);
  if (shown === null || shown.decide === null) return "later";
  const overrides = shown.details.verdicts.filter((one) => one.mayBeOverridden).map(({ rule }) => rule);
  const { id: action, subject } = view.action;
  return { caseId, action, subject, ...shown.decide, overrides: [...new Set(overrides)] };
}
