import { executionsIn } from "./effects.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";

/** Nobody forged a grant, so none may be stopped as forged; and nothing was sent on one whose key was retired. */
export function rotationBroken({ acts, actions, after }: Evidence): Broken[] {
  const say = broken("brokenByRotation");
  const retiredAt = new Map(acts.retiredKeys.map(({ kid, atMs }) => [kid, atMs]));
  const stopped = [...actions.values()].flatMap(({ action: { id }, failure, caseReason }) =>
    failure?.reason === "grant_invalid"
      ? [say(id, `${id} was stopped as forged, and nobody forged anything: ${caseReason ?? failure.detail}`)]
      : [],
  );
  const sent = executionsIn(after).flatMap(({ actionId, type, atSeconds }) => {
    const kid = actions.get(actionId)?.grant?.kid ?? "";
    const atMs = retiredAt.get(kid);
    return atMs === undefined || atSeconds * 1000 < atMs
      ? []
      : [say(actionId, `${actionId}: ${type} on a grant of ${kid}, after that key was retired`)];
  });
  return [...stopped, ...sent];
}
