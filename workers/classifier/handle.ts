import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { ClaimedEvent } from "../../shared/contracts/ledger.ts";
import type { EventDoorbell, RegrantDoorbell } from "../../shared/contracts/queues.ts";
import { mapLimit } from "../../shared/core/concurrency.ts";
import { factRowKey } from "../../shared/core/ids.ts";
import { reasonForNone, routeOf } from "../../shared/policy/routing.ts";
import type { Delivery } from "../../shared/queue/consume.ts";
import { ack, type Handled, type Verdict } from "../../shared/queue/verdict.ts";
import { commitStanding } from "./commit.ts";
import { decideEvent } from "./decide-event.ts";
import type { ClassifierDeps, Triggered } from "./deps.ts";
import { regrant } from "./regrant.ts";

/**
 * One batch of doorbells: what is rung for is claimed; what tells of a fact that stands already goes on with it; the
 * rest is decided, at most six at once.
 */
export async function handleBatch(
  deliveries: Delivery<EventDoorbell | RegrantDoorbell>[],
  deps: ClassifierDeps,
): Promise<Handled[]> {
  const ids = deliveries.flatMap(({ body }) => (body.kind === "event" ? [body.id] : []));
  const claimed = ids.length === 0 ? [] : await deps.ledger.claim([...new Set(ids)]);
  const verdictById = await decideClaimed(claimed, deps);
  return await mapLimit(deliveries, deliveries.length, async ({ body }): Promise<Handled> => {
    // A second doorbell of one event in a batch shares its verdict: who decides it is decided once.
    if (body.kind === "event") return verdictById.get(body.id) ?? ack("nothing_to_decide");
    return await alone(() => regrant({ id: body.id, subject: body.subject }, deps));
  });
}

async function decideClaimed(claimed: ClaimedEvent[], deps: ClassifierDeps): Promise<Map<string, Handled>> {
  const triggered = claimed.flatMap(({ event }) => toTriggered(event));
  const standing =
    triggered.length === 0 ? new Map() : await deps.ledger.standing(triggered.map((one) => one.factRowKey));
  const triggeredById = new Map(triggered.map((one) => [one.event.id, one]));
  const decided = await mapLimit(claimed, claimed.length, ({ event }) =>
    alone(async () => {
      const one = triggeredById.get(event.id);
      if (one === undefined) return await closeAsNone(event, deps);
      const stands = standing.get(one.factRowKey);
      return stands ? await commitStanding(event, stands, null, deps) : await decideEvent(one, deps);
    }),
  );
  return new Map(claimed.map(({ event }, index) => [event.id, decided[index] ?? ack("none")]));
}

function toTriggered(event: PaymentEvent): Triggered[] {
  const route = routeOf(event);
  if (route.kind === "none" || route.kind === "echo") return [];
  return [
    {
      event,
      route,
      factRowKey: factRowKey({ account: event.account ?? null, mode: event.mode, factKey: route.factKey }),
    },
  ];
}

/** The ledger decides these when it accepts them; one that waited while a rule was changed is decided here. */
async function closeAsNone(event: PaymentEvent, { ledger }: ClassifierDeps): Promise<Verdict> {
  const reason = reasonForNone(event) ?? "no rule asks for a decision";
  await ledger.close([{ id: event.id, outcome: { kind: "none", reason }, factKey: null }]);
  return ack("none");
}

/** An exception is that message's alone. */
async function alone(handle: () => Promise<Verdict>): Promise<Handled> {
  try {
    return await handle();
  } catch (error) {
    return { kind: "threw", error };
  }
}
