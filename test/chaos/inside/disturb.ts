import { unit } from "../dice.ts";
import { type ChaosSettings, type Disturbance, RATES } from "./settings.ts";

/** Says what happens to one call; at most one of `possible`. Every disturbance is told, so that it can be counted. */
export type Disturb = (possible: readonly Disturbance[], what: string, identity: string) => Disturbance | null;

/**
 * A function of the seed, what is called, the ids in its arguments, and how often it was called with them: a second try
 * meets its own fate, and so gets through in the end.
 */
export function createDisturb(
  { seed, disturbs }: ChaosSettings,
  worker: string,
  tell: (kind: Disturbance) => void,
): Disturb {
  const seenByCall = new Map<string, number>();
  return (possible, what, identity) => {
    if (!disturbs) return null;
    const call = `${worker} ${what} ${identity}`;
    const seen = (seenByCall.get(call) ?? 0) + 1;
    seenByCall.set(call, seen);
    let drawn = unit(seed, call, seen);
    for (const kind of possible) {
      drawn -= RATES[kind];
      if (drawn >= 0) continue;
      tell(kind);
      return kind;
    }
    return null;
  };
}

const NAMES = new Set(["id", "eventId", "actionId", "factKey", "factRowKey", "key", "subject", "queue"]);

/** The ids in a call's arguments: what it is about, without times, nonces and signatures. */
export function identityOf(args: unknown): string {
  const ids: string[] = [];
  const visit = (value: unknown, isId: boolean): void => {
    if (typeof value === "string") {
      if (isId) ids.push(value);
    } else if (Array.isArray(value)) for (const item of value) visit(item, typeof item === "string");
    else if (typeof value === "object" && value !== null) {
      for (const [name, member] of Object.entries(value)) visit(member, NAMES.has(name));
    }
  };
  visit(args, false);
  return [...new Set(ids)].join(" ");
}
