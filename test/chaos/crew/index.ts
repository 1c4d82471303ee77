import { pause } from "../../../cli/http.ts";
import type { Role } from "../../../shared/contracts/people.ts";
import type { Acting } from "../ask.ts";
import type { Counter } from "../counter.ts";
import { type Click, kindOf, type Member } from "./click.ts";
import { follow, isApproved } from "./follow.ts";
import { createHeld } from "./held.ts";
import type { Matter } from "./matters.ts";
import { publishPolicies } from "./publisher.ts";
import { enlist } from "./staff.ts";
import type { Following, ToldMatter } from "./told.ts";

/** What the people with roles did. `people`: who they are, without what lets them in. */
export type CrewTold = {
  matters: ToldMatter[];
  policy: Click[];
  people: (Pick<Member, "id" | "name"> & { roles: readonly Role[] })[];
};
export const NO_CREW: CrewTold = { matters: [], policy: [], people: [] };

/**
 * People with roles, who decide about cases and publish policy over the console's API while the stack dies and comes back. It
 * goes on from the storm into the calm, where all that is half-done is repeated until it is settled.
 */
export function createCrew(matters: readonly Matter[], items: number, acting: Acting) {
  let sentCount = 0;
  let acts = 0;
  let failed: unknown = null;
  const held = createHeld(acting.signal);
  let isOver = false;
  const crew = go()
    .catch((error: unknown) => {
      failed = error;
      return NO_CREW;
    })
    .finally(() => {
      isOver = true;
    });

  async function go(): Promise<CrewTold> {
    if (matters.length === 0) return NO_CREW;
    const staff = await busy(enlist(acting));
    if (staff === null) return NO_CREW;
    const following: Following = { ...acting, staff, sent: () => sentCount, waiting, held, seenCases: [] };
    const [policy, ...told] = await Promise.all([
      busy(publishPolicies(items, following)),
      ...matters.map((matter) => busy(follow(matter, following))),
    ]);
    const people = Object.values(staff).map(({ id, name, roles }) => ({ id, name, roles }));
    return { matters: told, policy, people };
  }

  async function busy<T>(what: Promise<T>): Promise<T> {
    acts += 1;
    return await what.finally(() => {
      acts -= 1;
    });
  }
  async function waiting<T>(what: Promise<T>): Promise<T> {
    acts -= 1;
    return await what.finally(() => {
      acts += 1;
    });
  }

  return {
    at(sent: number): void {
      sentCount = sent;
    },
    /** A kill is to fall behind somebody's yes now. */
    provoke: held.provoke,
    isReady: held.isReady,
    /** All have done what they would: nobody comes any more. */
    isOver: (): boolean => isOver,
    /** No kill comes any more: whoever waits for one goes on. */
    release: held.release,
    /** Nothing that people do is under way. */
    isIdle: (): boolean => acts === 0,
    /** Everything is done; with all quiet, what has not begun by then never will. Throws what failed. */
    async settled(signal: AbortSignal): Promise<CrewTold> {
      sentCount = Number.POSITIVE_INFINITY;
      held.release();
      const over = new AbortController();
      const either = AbortSignal.any([signal, over.signal]);
      const told = await Promise.race([crew, pause(SETTLE_MS, either).then(() => null)]);
      over.abort();
      if (failed !== null) throw failed;
      if (told === null) throw new Error("what people do was not settled within three minutes of the calm");
      return told;
    },
  };
}
export type Crew = ReturnType<typeof createCrew>;

const SETTLE_MS = 180_000;

const isDone = ({ status }: Click): boolean => status === 200;
const counted = (clicks: readonly Click[], kind: string) =>
  clicks.filter((one) => isDone(one) && kindOf(one.value) === kind).length;

/** Of how many cases the approval was complete, how many were denied, and how many policies were published. */
export function countActs({ matters, policy }: CrewTold): { approvals: number; denials: number; publications: number } {
  const withKind = (kind: string) => matters.filter(({ clicks }) => counted(clicks, kind) > 0).length;
  const published = policy.filter((one) => isDone(one) && "publication" in (one.value as object));
  const numbers = new Set(published.map(({ value }) => (value as { publication: { n: number } }).publication.n));
  return { approvals: withKind("approved"), denials: withKind("denied"), publications: numbers.size };
}

/** What they did, by its kind; and how often an answer was lost, or said no. */
export function tallyCrew({ matters, policy }: CrewTold, counter: Counter): void {
  const clicks = [...matters.flatMap((one) => one.clicks), ...policy];
  for (const { kind, plan, clicks: own } of matters) {
    if (own.length === 0) continue;
    counter.count(`case_${plan}`);
    counter.count(`decided_${kind}`);
    if (own.some(isApproved)) counter.count(`approved_${kind}`);
  }
  counter.count("click_repeated", clicks.filter(({ repeated }) => repeated > 0).length);
  counter.count("click_too_late", clicks.filter(({ status }) => status === 409).length);
  counter.count("approval_planted", matters.filter(({ forged }) => forged !== null).length);
}
