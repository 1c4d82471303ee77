import { pause } from "../../../cli/http.ts";
import type { PolicyDocument } from "../../../shared/contracts/policy.ts";
import { type Click, click, look } from "./click.ts";
import type { Following } from "./follow.ts";

type Shown = { version: string; document: PolicyDocument };

/** When the stream is so far: the thresholds change, and later change back. */
const AT = { publish: 0.2, rollBack: 0.45 } as const;
const LOOK_MS = 400;

/**
 * One drafts other thresholds, and another publishes them, with two clicks at once; later the last policy is back. Every grant
 * that waits meanwhile is of another policy, twice.
 */
export async function publishPolicies(items: number, following: Following): Promise<Click[]> {
  const { staff, sent, waiting, signal } = following;
  const { dov, pia } = staff;
  const clicks: Click[] = [];
  const reach = async (share: number) => {
    while (sent() < items * share && !signal.aborted) await pause(LOOK_MS, signal);
  };
  await waiting(reach(AT.publish));
  const before = await shown(following);
  if (before === null) return clicks;
  const drafted = await click(
    dov,
    "/api/policy/draft",
    { document: changed(before.document) },
    "chaos-draft",
    following,
  );
  clicks.push(drafted);
  const version = (drafted.value as { version?: string } | null)?.version;
  const publish = () =>
    click(pia, "/api/policy/publish", { version, over: before.version }, "chaos-publish", following);
  clicks.push(...(await Promise.all([publish(), publish()])));
  await waiting(reach(AT.rollBack));
  const back = { version: before.version, over: version };
  clicks.push(await click(pia, "/api/policy/rollback", back, "chaos-rollback", following));
  return clicks;
}

async function shown(following: Following): Promise<Shown | null> {
  while (!following.signal.aborted) {
    const policy = await look<Shown>(following.staff.dov, "/api/policy", following);
    if (policy !== null) return policy;
    await pause(LOOK_MS, following.signal);
  }
  return null;
}

/** A little less of each, so that what is honest still passes. */
function changed(document: PolicyDocument): PolicyDocument {
  const { guardrails, approvals } = document;
  return {
    ...document,
    guardrails: { ...guardrails, grantLifeMs: Math.floor(guardrails.grantLifeMs * 0.9) },
    approvals: { ...approvals, fourEyesAboveUsdCents: Math.floor(approvals.fourEyesAboveUsdCents * 0.9) },
  };
}
