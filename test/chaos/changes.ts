import type { PlannedChange } from "../../simulators/day/index.ts";
import type { SubscriptionChange } from "../../simulators/stripe/subscription-change.ts";
import type { FullBooks } from "./outside.ts";
import type { Deliveries } from "./sender.ts";

/** A request to change a subscription, under the id that it was stored by; null: nobody took it. */
export type AskedChange = PlannedChange & { event: string | null };

export function askedChanges(planned: readonly PlannedChange[], deliveries: Deliveries): AskedChange[] {
  const events = new Map([...deliveries].map(([{ body }, { event }]) => [body, event]));
  return planned.map((one) => ({ ...one, event: events.get(one.body) ?? null }));
}

/** What was really changed: of a call that found it so already the provider tells nobody. */
export const changesIn = ({ subscriptionChanges }: Pick<FullBooks, "subscriptionChanges">): SubscriptionChange[] =>
  subscriptionChanges.filter(({ effective }) => effective);
