import type { EventDoorbell, RegrantDoorbell } from "../../shared/contracts/queues.ts";
import type { RowRef } from "../../shared/contracts/views.ts";
import type { DecisionDeps } from "../../shared/decision/deps.ts";
import type { Policies } from "../../shared/gate/policy-copy.ts";
import type { Delivery } from "../../shared/queue/consume.ts";
import { release } from "../../shared/queue/release.ts";
import { retryLater } from "../../shared/queue/result.ts";
import type { Handled } from "../../shared/queue/verdict.ts";
import { handleBatch } from "./handle.ts";

type Bell = EventDoorbell | RegrantDoorbell;

/**
 * Decides a batch under the policy in force. Without one nothing is decided: nothing is written, and the queue delivers the
 * batch again. Who waits for a new grant may wait because of a policy that this isolate has not heard of: the gate is asked.
 */
export async function handleUnderPolicy(
  deliveries: Delivery<Bell>[],
  policies: Policies,
  deps: Omit<DecisionDeps, "policy">,
): Promise<Handled[]> {
  const isNews = deliveries.some(({ body }) => body.kind === "regrant");
  const told = await (isNews ? policies.again() : policies.current());
  if (told.ok) return await handleBatch(deliveries, { ...deps, policy: told.value });
  await release(
    deliveries.map(({ body }) => rowOf(body)),
    deps.ledger,
  );
  return deliveries.map(({ attempts }) => retryLater(told.error, attempts));
}

const rowOf = (bell: Bell): RowRef =>
  bell.kind === "event" ? { kind: "event", id: bell.id } : { kind: "action", id: bell.id, subject: bell.subject };
