import { executionsIn } from "./effects.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";
import type { RetiredKey } from "./rotation.ts";

/**
 * But for what was planted nobody forged a grant, so none may be stopped as forged; one of a revoked key becomes a case. And
 * nothing was sent on a grant whose key was retired or revoked.
 */
export function rotationBroken({ acts, actions, after }: Evidence): Broken[] {
  const say = broken("brokenByRotation");
  const endsOf = (keys: readonly RetiredKey[], how: string) => keys.map(({ kid, atMs }) => ({ kid, atMs, how }));
  const ends = [...endsOf(acts.retiredKeys, "retired"), ...endsOf(acts.revokedKeys, "revoked")];
  const planted = new Set(acts.planted.map(({ action }) => action));
  const revoked = new Set(acts.revokedKeys.map(({ kid }) => kid));
  const stopped = [...actions.values()].flatMap(({ action: { id }, failure, caseReason, grant }) =>
    failure?.reason === "grant_invalid" && !planted.has(id) && !revoked.has(grant?.kid ?? "")
      ? [say(id, `${id} was stopped as forged, and nobody forged anything: ${caseReason ?? failure.detail}`)]
      : [],
  );
  const sent = executionsIn(after).flatMap(({ actionId, type, atSeconds }) => {
    const kid = actions.get(actionId)?.grant?.kid ?? "";
    const end = ends.find((one) => one.kid === kid);
    return end === undefined || atSeconds * 1000 < end.atMs
      ? []
      : [say(actionId, `${actionId}: ${type} on a grant of ${kid}, after that key was ${end.how}`)];
  });
  return [...stopped, ...sent];
}
