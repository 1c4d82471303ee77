import { type Reading, readEvent } from "../agents/text/reading.ts";
import type { Reference, Snapshot } from "../contracts/provider.ts";
import type { Deciding } from "./case.ts";
import type { DecisionDeps, Triggered } from "./deps.ts";
import { referenceOf } from "./reference.ts";
import { NOTHING_BESIDE } from "./resolve.ts";

/** What is known of an event besides a proposal. */
export function decidingOf(
  { event, route }: { event: Triggered["event"]; route: Pick<Triggered["route"], "factKey"> },
  snapshot: Snapshot | null,
  { policy, lookupsOf, mode, now }: DecisionDeps,
  read?: Reading,
): Deciding {
  const provider = lookupsOf(event.id, event.account ?? null)?.provider ?? null;
  const reading = read ?? readEvent(event, provider?.ids ?? []);
  const { declineCode = null, adviceCode = null } = event;
  const said = provider !== null && (declineCode !== null || adviceCode !== null);
  return {
    policy,
    event,
    factKey: route.factKey,
    provider: provider?.name ?? null,
    snapshot,
    reference: onlyReferenceOf(reading),
    decline: said ? provider.declineOf(declineCode, adviceCode) : null,
    reading,
    beside: NOTHING_BESIDE,
    reservedMinor: 0,
    changes: null,
    triesForOthers: null,
    mode,
    now: now(),
  };
}

/** The reference where none was chosen: the one thing that the event names, if it names only one. */
function onlyReferenceOf({ references }: Reading): Reference | null {
  const [only, ...others] = references;
  return only === undefined || others.length > 0 ? null : referenceOf(only);
}
