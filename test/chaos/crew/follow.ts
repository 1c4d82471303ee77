import { ask, IMPATIENT, pause } from "../../../cli/http.ts";
import { isTerminal } from "../../../shared/contracts/action.ts";
import { caseIdOf } from "../../../shared/contracts/asked.ts";
import type { Trace } from "../../../shared/contracts/views.ts";
import type { Acting } from "../ask.ts";
import { type Click, click, look, type Member } from "./click.ts";
import { plantApproval } from "./forger.ts";
import type { Matter } from "./matters.ts";
import type { Seen } from "./shown.ts";
import type { Staff } from "./staff.ts";

/** What people did about one matter. Null: it never came so far. */
export type ToldMatter = Matter & {
  /** The stored id of the request. */
  event: string | null;
  action: string | null;
  clicks: Click[];
  /** The event of an approval that was planted. */
  forged: string | null;
};

export type Following = Acting & {
  staff: Staff;
  /** How far the stream is. */
  sent(): number;
  /** While it waits, nothing that people do is under way. */
  waiting<T>(what: Promise<T>): Promise<T>;
};

const LOOK_MS = 400;
/** How often people say yes again when the case comes back. */
const ROUNDS_MAX = 3;

/** One matter from its request to its end: people do about its case what the plan says. */
export async function follow(matter: Matter, following: Following): Promise<ToldMatter> {
  const told: ToldMatter = { ...matter, event: null, action: null, clicks: [], forged: null };
  await following.waiting(until(() => following.sent() >= matter.atItem, following));
  told.event = await request(matter, following);
  for (let round = 0; round < ROUNDS_MAX && told.event !== null; round++) {
    const seen = await following.waiting(opened(told.event, following));
    if (seen === null) return told;
    told.action = seen.action;
    const before = told.clicks.length;
    await carryOut(told, seen, round, following);
    if (!told.clicks.slice(before).some(isApproved)) return told;
  }
  return told;
}

const isApproved = ({ status, value }: Click): boolean => status === 200 && kindOf(value) === "approved";
export const kindOf = (value: unknown): string | null => (value as { kind?: string } | null)?.kind ?? null;

async function until(isSo: () => boolean, { signal }: Acting): Promise<void> {
  while (!isSo() && !signal.aborted) await pause(LOOK_MS, signal);
}

/** Sent under one key until it is taken. */
async function request({ nth, message }: Matter, { doors, signal }: Acting): Promise<string | null> {
  while (!signal.aborted) {
    const at = doors();
    if (at !== null) {
      const init = {
        method: "POST",
        headers: {
          authorization: `Bearer ${at.keys.INGEST_KEY}`,
          "content-type": "application/json",
          "idempotency-key": `chaos-matter-${nth}`,
        },
        body: JSON.stringify({ message }),
      };
      const answer = await ask(`${at.ingestUrl}/v1/requests`, init, { ...IMPATIENT, signal }).catch(() => null);
      if (answer !== null && (answer.status === 202 || answer.status === 200))
        return (answer.value as { id: string }).id;
    }
    await pause(LOOK_MS, signal);
  }
  return null;
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

async function carryOut(told: ToldMatter, seen: Seen, round: number, following: Following): Promise<void> {
  const { staff } = following;
  const { ann, ben, rea, dov } = staff;
  const { plan, nth, change } = told;
  const { caseId, proposal, overrides } = seen;
  const shown = { round: seen.round, proposal };
  let clicks = 0;
  const newKey = () => `chaos-${nth}-${round}-${++clicks}`;
  const does = async (member: Member, what: string, body: object, key = newKey()): Promise<void> => {
    told.clicks.push(await click(member, `/api/cases/${caseId}/${what}`, body, key, following));
  };
  const yes = (member: Member, key?: string) =>
    does(member, "approve", { ...shown, overrides, ...(change === null ? {} : { change }) }, key);
  const no = (member: Member) => does(member, "deny", { ...shown, code: "not_entitled", reason: "chaos: no" });

  switch (plan) {
    case "approved":
    case "smaller":
    case "elsewhere":
      return await yes(nth % 2 === 0 ? ann : ben);
    case "clicked_twice": {
      const key = newKey();
      await Promise.all([yes(ann, key), yes(ann, key)]);
      return await yes(ann);
    }
    case "together":
      return void (await Promise.all([yes(ann), yes(ben)]));
    case "two":
      await yes(ann);
      await yes(ann);
      return await yes(ben);
    case "alone":
      await yes(ann);
      await Promise.all([yes(ann), yes(ann)]);
      return;
    case "contest":
      return void (await Promise.all([yes(ann), no(rea)]));
    case "denied":
      await does(rea, "note", { text: "chaos: looked at" });
      await no(rea);
      return await no(dov);
    case "closed":
      await does(rea, "note", { text: "chaos: looked at" });
      await does(rea, "assign", { to: "me" });
      return await does(rea, "close", { ...shown, code: "nothing_to_do" });
    case "forged":
      await yes(ann);
      told.forged = await plantApproval(seen, [ann, ben], following);
      return;
  }
}
