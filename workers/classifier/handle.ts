import type { ClaimedEvent } from "../../shared/contracts/ledger.ts";
import type { EventDoorbell, RegrantDoorbell } from "../../shared/contracts/queues.ts";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../shared/core/concurrency.ts";
import { factRowKey } from "../../shared/core/ids.ts";
import { routeOf } from "../../shared/policy/routing.ts";
import type { Delivery } from "../../shared/queue/consume.ts";
import { ack, type Handled, type Verdict } from "../../shared/queue/verdict.ts";
import { commitStanding } from "./commit.ts";
import { decideEvent } from "./decide-event.ts";
import type { ClassifierDeps, Triggered } from "./deps.ts";
import { regrant } from "./regrant.ts";

/**
 * One batch of doorbells: what is rung for is claimed; what needs no decision is closed in one call a shard; what
 * tells of a fact that stands already goes on with it; the rest is decided, at most six at once.
 */
export async function handleBatch(
  deliveries: Delivery<EventDoorbell | RegrantDoorbell>[],
  deps: ClassifierDeps,
): Promise<Handled[]> {
  const ids = deliveries.flatMap(({ body }) => (body.kind === "event" ? [body.id] : []));
  const claimed = ids.length === 0 ? [] : await deps.ledger.claim([...new Set(ids)]);
  const verdictById = await decideClaimed(claimed, deps);
  return await mapLimit(deliveries, OUTSIDE_CALLS_AT_ONCE, async ({ body }): Promise<Handled> => {
    // A second doorbell of one event in a batch shares its verdict: who decides it is decided once.
    if (body.kind === "event") return verdictById.get(body.id) ?? ack("nothing_to_decide");
    return await alone(() => regrant({ id: body.id, subject: body.subject }, deps));
  });
}

async function decideClaimed(claimed: ClaimedEvent[], deps: ClassifierDeps): Promise<Map<string, Handled>> {
  const routed = claimed.map((one) => ({ ...one, route: routeOf(one.event) }));
  const triggered: Triggered[] = [];
  const none: { id: string; reason: string }[] = [];
  for (const { event, route } of routed) {
    if (route.kind === "none") none.push({ id: event.id, reason: route.reason });
    else if (route.kind === "echo") none.push({ id: event.id, reason: `echo of our own action ${route.actionId}` });
    else
      triggered.push({
        event,
        route,
        factRowKey: factRowKey({ account: event.account ?? null, mode: event.mode, factKey: route.factKey }),
      });
  }
  const verdictById = new Map<string, Handled>();
  if (none.length > 0) {
    await deps.ledger.close(none.map(({ id, reason }) => ({ id, outcome: { kind: "none", reason }, factKey: null })));
    for (const { id } of none) verdictById.set(id, ack("none"));
  }
  if (triggered.length === 0) return verdictById;
  const standing = await deps.ledger.standing(triggered.map((one) => one.factRowKey));
  const decided = await mapLimit(triggered, OUTSIDE_CALLS_AT_ONCE, (one) => {
    const stands = standing.get(one.factRowKey);
    return alone(() => (stands ? commitStanding(one.event, stands, null, deps) : decideEvent(one, deps)));
  });
  for (const [index, { event }] of triggered.entries()) verdictById.set(event.id, decided[index] ?? ack("none"));
  return verdictById;
}

/** An exception is that message's alone. */
async function alone(handle: () => Promise<Verdict>): Promise<Handled> {
  try {
    return await handle();
  } catch (error) {
    return { kind: "threw", error };
  }
}
