import { QUEUES, type QueueName } from "../../shared/contracts/queues.ts";
import { unit } from "./dice.ts";
import { MOMENTS, type Moment } from "./inside/between.ts";

/** When and how the runtime is killed: a function of the seed, and of how much has settled. */
export type Kill = {
  /** As soon as so many events have settled… */
  atSettled: number;
  /** …and so much later. */
  afterMs: number;
  /** node and workerd at once; node alone, so that the next start has to end the orphan; workerd a little earlier. */
  who: "both" | "node" | "workerd_first";
  /** When something is half-done in this way, as soon as that is so: of both, at once. */
  between: Moment | null;
  /** The start that follows is killed too: so long after its workerd has come up, before its doors answer. */
  boot: { afterMs: number; who: "both" | "node" } | null;
  /** Whose consumer is away in the life that follows. */
  away: QueueName | null;
  /** The database that people work with is gone at the next start. Of both, at once. */
  losesRecords: boolean;
};

/** A kill of a stand-in, which comes back on its port at once: when so many items have been sent. */
export type Outage = { atItem: number; who: "stripe" | "claude" };

const BOOT_SHARE = 0.2;
/** Of the kills that are left when each has its first. */
const BETWEEN_SHARES: Record<Moment, number> = { fact: 0.25, yes: 0.08, approval: 0.15, shards: 0.12 };
/** Whoever has few kills has these first. */
const FIRST_ONES = ["fact", "approval", "shards", "yes"] as const satisfies readonly Moment[];
/** Once early, when much is still to come, and once late, when most cases are open. */
const LOSSES_AT = [0.4, 0.85] as const;

export function planKills(seed: number, kills: number, events: number): Kill[] {
  const always = Math.floor(unit(seed, "boot") * kills);
  const between = planMoments(seed, kills);
  const away = planAway(seed, between);
  const losses = new Set(LOSSES_AT.map((share) => Math.floor(share * kills)));
  return Array.from({ length: kills }, (_, nth): Kill => {
    const share = (nth + unit(seed, "kill", nth)) / kills;
    const who = unit(seed, "who", nth);
    return {
      atSettled: Math.max(1, Math.floor(events * (0.02 + 0.86 * share))),
      afterMs: Math.floor(unit(seed, "after", nth) * 250),
      who: who < 0.6 ? "both" : who < 0.8 ? "node" : "workerd_first",
      between: between[nth] ?? null,
      boot: nth === always || unit(seed, "boot", nth) < BOOT_SHARE ? bootOf(seed, nth) : null,
      away: away[nth] ?? null,
      losesRecords: losses.has(nth),
    };
  });
}

/** Each once, in any order; then as it is drawn. */
export function planMoments(seed: number, kills: number): (Moment | null)[] {
  const order = Array.from({ length: kills }, (_, nth) => nth).sort(
    (a, b) => unit(seed, "moment", a) - unit(seed, "moment", b),
  );
  const firsts = new Map(FIRST_ONES.map((moment, place) => [order[place], moment]));
  return Array.from({ length: kills }, (_, nth) => firsts.get(nth) ?? drawn(unit(seed, "between", nth)));
}

/** What a yes of people needs until it is an approval, from the case to the classifier. */
const OF_PEOPLE: ReadonlySet<QueueName> = new Set(["events", "escalate"]);

/** One after the other, each once. Where the next kill is to fall behind a yes, that must come so far. */
function planAway(seed: number, between: readonly (Moment | null)[]): (QueueName | null)[] {
  const left = [...QUEUES].sort((a, b) => unit(seed, "away", a) - unit(seed, "away", b));
  return between.map((_, nth) => {
    const next = between[nth + 1];
    // In the last life everything comes to its end.
    if (next === undefined) return null;
    const isOfPeople = next !== null && next !== "fact";
    const place = left.findIndex((queue) => !(isOfPeople && OF_PEOPLE.has(queue)));
    return place === -1 ? null : (left.splice(place, 1)[0] ?? null);
  });
}

function drawn(share: number): Moment | null {
  let left = share;
  return (
    MOMENTS.find((moment) => {
      left -= BETWEEN_SHARES[moment];
      return left < 0;
    }) ?? null
  );
}

/** workerd takes about half a second from its first moment to its doors. */
const bootOf = (seed: number, nth: number): NonNullable<Kill["boot"]> => ({
  afterMs: Math.floor(unit(seed, "boot after", nth) * 600),
  who: unit(seed, "boot who", nth) < 0.5 ? "both" : "node",
});

const OUTAGES_A_KILL = { stripe: 0.2, claude: 0.1 } as const;

/** At least one of each, where anything is killed at all. */
export function planOutages(seed: number, kills: number, items: number): Outage[] {
  const of = (who: Outage["who"]): Outage[] =>
    Array.from({ length: Math.ceil(kills * OUTAGES_A_KILL[who]) }, (_, nth) => ({
      atItem: Math.floor(items * (0.05 + 0.9 * unit(seed, "outage", who, nth))),
      who,
    }));
  return [...of("stripe"), ...of("claude")].sort((a, b) => a.atItem - b.atItem);
}
