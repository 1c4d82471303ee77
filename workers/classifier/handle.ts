import type { RecordedDecision } from "../../shared/contracts/decision.ts";
import { ANSWER, type PaymentEvent } from "../../shared/contracts/event.ts";
import type { ClaimedEvent } from "../../shared/contracts/ledger.ts";
import type { EventDoorbell, RegrantDoorbell } from "../../shared/contracts/queues.ts";
import type { ActionRef, ActionView, RowRef } from "../../shared/contracts/views.ts";
import { factRowKey } from "../../shared/core/ids.ts";
import { decideApproval } from "../../shared/decision/approval/decide.ts";
import { approvalRowKey } from "../../shared/decision/approval/keys.ts";
import { commitRecorded } from "../../shared/decision/commit.ts";
import { decideEvent } from "../../shared/decision/decide.ts";
import type { Claimed, DecisionDeps, Triggered } from "../../shared/decision/deps.ts";
import { decideMatter, isFollowed, isOnlyFollowing } from "../../shared/decision/matters/index.ts";
import { mayBeGranted, regrant } from "../../shared/decision/regrant.ts";
import { prepareReport } from "../../shared/decision/reports.ts";
import { reasonForNone, routeOf, whyNone } from "../../shared/policy/facts.ts";
import { withTells } from "../../shared/providers/registry.ts";
import type { Delivery } from "../../shared/queue/consume.ts";
import { summaryOfEvent } from "../../shared/queue/doorbells.ts";
import { handleAndFlush, type LastStep } from "../../shared/queue/each.ts";
import { release } from "../../shared/queue/release.ts";
import { ack, type Handled, type Verdict } from "../../shared/queue/verdict.ts";

type Bell = EventDoorbell | RegrantDoorbell;

/**
 * Handles one batch of doorbells. It claims their events, continues with recorded decisions where there are some, and
 * decides the rest with at most six outside calls at once. The results are written together.
 */
export async function handleBatch(deliveries: Delivery<Bell>[], deps: DecisionDeps): Promise<Handled[]> {
  // Two doorbells of one row in a batch share one verdict, so that the row is decided once.
  const bells = [...new Map(deliveries.map(({ body }) => [keyOf(body), body])).values()];
  const found = await lookUp(bells, deps);
  const [handled] = await Promise.all([
    handleAndFlush(bells, (bell) => prepare(bell, found, deps)),
    release(idleIn(bells, found, deps.now()), deps.ledger),
  ]);
  const handledByKey = new Map(bells.map((bell, index) => [keyOf(bell), handled[index]]));
  return deliveries.map(({ body }) => handledByKey.get(keyOf(body)) ?? ack("nothing_to_decide"));
}

/** The actions for which nothing is written. Events are not in it: `claim` has released them. */
const idleIn = (bells: readonly Bell[], { actions }: Found, now: number): RowRef[] =>
  bells.flatMap((bell): RowRef[] =>
    bell.kind === "event" || mayBeGranted(actions.get(bell.id) ?? null, now)
      ? []
      : [{ kind: "action", id: bell.id, subject: bell.subject }],
  );

const keyOf = ({ kind, id }: Bell): string => `${kind} ${id}`;

/** What the ledger knows of the doorbells' rows: by event id, event id, fact row key and action id. */
type Found = {
  events: ReadonlyMap<string, Claimed>;
  triggered: ReadonlyMap<string, Triggered>;
  recorded: ReadonlyMap<string, RecordedDecision>;
  actions: ReadonlyMap<string, ActionView>;
};

async function lookUp(bells: readonly Bell[], { ledger }: DecisionDeps): Promise<Found> {
  const ids = bells.flatMap((bell) => (bell.kind === "event" ? [bell.id] : []));
  const refs = bells.flatMap((bell): ActionRef[] =>
    bell.kind === "regrant" ? [{ id: bell.id, subject: bell.subject }] : [],
  );
  const [claimed, views] = await Promise.all([
    ledger.claim(ids).then((found) => found.filter((one): one is ClaimedEvent => one !== null)),
    ledger.actions(refs),
  ]);
  // Events that were stored without `tells` get it now.
  const events = claimed.map(({ event, acceptedAt }): Claimed => ({ event: withTells(event), acceptedAt }));
  const triggered = events.flatMap(toTriggered);
  const approvals = events.filter(({ event }) => routeOf(event).kind === "approval");
  const keys = [...triggered.map((one) => one.factRowKey), ...approvals.map(({ event }) => approvalRowKey(event))];
  const recorded = await ledger.decisionsOf(keys);
  return {
    events: new Map(events.map((one) => [one.event.id, one])),
    triggered: new Map(triggered.map((one) => [one.event.id, one])),
    recorded: new Map(recorded.flatMap((one) => (one === null ? [] : [[one.factRowKey, one] as const]))),
    actions: new Map(views.flatMap((view, index) => (view && refs[index] ? [[refs[index].id, view] as const] : []))),
  };
}

function toTriggered({ event, acceptedAt }: Claimed): Triggered[] {
  const route = routeOf(event);
  if (route.kind === "none" || route.kind === "echo" || route.kind === "approval") return [];
  return [
    {
      event,
      acceptedAt,
      route,
      factRowKey: factRowKey({ account: event.account ?? null, mode: event.mode, factKey: route.factKey }),
    },
  ];
}

async function prepare(bell: Bell, found: Found, deps: DecisionDeps): Promise<LastStep> {
  if (bell.kind === "regrant") {
    const view = found.actions.get(bell.id) ?? null;
    return await regrant({ id: bell.id, subject: bell.subject }, view, deps);
  }
  const claimed = found.events.get(bell.id);
  if (claimed === undefined) return async () => ack("nothing_to_decide");
  const { event } = claimed;
  if (event.type === ANSWER) return () => passOn(event, deps);
  const route = routeOf(event);
  if (route.kind === "approval")
    return await decideApproval(claimed, found.recorded.get(approvalRowKey(event)) ?? null, deps);
  const report = await prepareReport(event, deps);
  if (report !== null) return report;
  const triggered = found.triggered.get(event.id);
  if (triggered === undefined) return () => closeAsNone(event, deps);
  const recorded = found.recorded.get(triggered.factRowKey);
  if (recorded === undefined)
    return isOnlyFollowing(triggered) ? () => closeAsNone(event, deps) : await decideEvent(triggered, deps);
  if (isFollowed(triggered, deps)) return await decideMatter(triggered, recorded, deps);
  return () => commitRecorded(claimed, recorded, deps);
}

/** Its case is told by the Worker that keeps cases, which closes the event. Until then the pump rings again. */
async function passOn(event: PaymentEvent, { rings }: DecisionDeps): Promise<Verdict> {
  await rings.event("escalate", { id: event.id, summary: summaryOfEvent(event) });
  return ack("answer");
}

/** The ledger closes such events when it accepts them. One that waited while a rule changed is closed here. */
async function closeAsNone(event: PaymentEvent, { ledger }: DecisionDeps): Promise<Verdict> {
  const reason = reasonForNone(event) ?? whyNone(event);
  await ledger.close([{ id: event.id, outcome: { kind: "none", reason }, factRowKey: null }]);
  return ack("none");
}
