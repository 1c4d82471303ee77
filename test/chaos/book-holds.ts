import type { Action } from "../../shared/contracts/action.ts";
import { executionsIn } from "./effects.ts";
import type { Evidence } from "./evidence.ts";
import { GRACE_MS, type ToldHold } from "./holds.ts";
import { type Broken, broken } from "./invariants.ts";

/** Nothing was executed on what was on hold; everything was lifted, and nothing waits for a hold any more. */
export function holdsBroken({ acts, standing, after, actions }: Evidence): Broken[] {
  const lost = broken("lost");
  return [
    ...executionsIn(after).flatMap(({ actionId, type, atSeconds }) => {
      const view = actions.get(actionId);
      const hold = acts.holds.find((one) => view !== undefined && covers(one, view.action) && isWithin(one, atSeconds));
      if (hold === undefined) return [];
      const since = ((atSeconds * 1000 - hold.answeredAtMs) / 1000).toFixed(1);
      return [
        broken("executedOnHold")(actionId, `${actionId}: ${type}, ${since} s after ${hold.scope} was put on hold`),
      ];
    }),
    ...standing
      .filter(({ scope, by }) => by !== "rule" || !isPlanted(scope, acts))
      .map(({ scope, by, reason }) => lost(null, `${scope} is still on hold, by a ${by}: ${reason}`)),
    ...[...actions.values()].flatMap(({ action: { id }, held }) =>
      held === null || isPlanted(held.scope, acts) || standing.some(({ scope }) => scope === held.scope)
        ? []
        : [lost(id, `${id} still waits for ${held.scope}, which was lifted`)],
    ),
  ];
}

/** The payment of a row that was planted stays on hold until a person has looked. */
const isPlanted = (scope: string, { planted }: Evidence["acts"]): boolean =>
  planted.some(({ payment }) => scope === `payment:${payment}`);

function covers({ scope }: ToldHold, { payment, customer, account }: Action): boolean {
  return scope === "all" || [`payment:${payment}`, `customer:${customer}`, `account:${account}`].includes(scope);
}

/** The provider tells whole seconds: only what certainly lies within counts. */
const isWithin = ({ answeredAtMs, liftSentAtMs }: ToldHold, atSeconds: number): boolean =>
  atSeconds * 1000 >= answeredAtMs + GRACE_MS && (atSeconds + 1) * 1000 <= liftSentAtMs;
