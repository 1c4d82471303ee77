import { policyOf } from "../policy/document.ts";
import type { Gate } from "./gate.ts";

type Say = (line: Record<string, unknown>) => void;

/**
 * Publishes the newest publication again in this release's form, by the release, where an earlier release has published it.
 * What was altered is not. What cannot be read stays in force unread: nothing is decided or sent, and the alarm says which field it is and what to do.
 */
export async function upgradePublished(
  gate: Gate,
  now: number,
  { log, alarm }: { log: Say; alarm: Say },
): Promise<void> {
  try {
    const old = gate.outdated();
    const altered = await gate.spoilt(null);
    if (altered !== null) return alarm({ what: "policy.altered", error: altered });
    if (old === null) return;
    const policy = await policyOf(old.document);
    gate.upgrade({ n: old.n, policy, steps: old.steps, at: now });
    log({ what: "policy.upgraded", from: old.version, version: policy.version, steps: old.steps });
  } catch (error) {
    alarm({ what: "policy.unreadable", error: String(error) });
  }
}
