import { pause } from "../../../cli/http.ts";
import type { PolicyDocument } from "../../../shared/contracts/policy.ts";
import { type Click, click, look, type Member } from "./click.ts";
import type { Following } from "./told.ts";

type Shown = { version: string; document: PolicyDocument };

/** When the stream is so far: the thresholds change, and later change back. */
const AT = { publish: 0.2, rollBack: 0.45 } as const;
const LOOK_MS = 400;

/**
 * One drafts other thresholds and may not publish them alone; another drafts two policies, and two publish one each at once, with
 * two clicks of one of them: one wins, and the other is told. Later the last policy is back. Every grant that waits meanwhile is
 * of another policy, twice.
 */
export async function publishPolicies(items: number, following: Following): Promise<Click[]> {
  const { staff, sent, waiting, signal } = following;
  const { dov, pia, quy } = staff;
  const clicks: Click[] = [];
  const does = async (who: Member, what: string, body: object, key: string): Promise<Click> => {
    const made = await click(who, `/api/policy/${what}`, body, key, following, isFourEyes);
    clicks.push(made);
    return made;
  };
  const reach = async (share: number) => {
    while (sent() < items * share && !signal.aborted) await pause(LOOK_MS, signal);
  };
  await waiting(reach(AT.publish));
  const before = await shown(following);
  if (before === null) return clicks;
  const drafted = async (who: Member, factor: number, key: string) =>
    versionIn(await does(who, "draft", { document: changed(before.document, factor) }, key));
  const publish = (who: Member, version: string | null, key: string) =>
    does(who, "publish", { version, over: before.version }, key);

  await publish(pia, await drafted(pia, 0.95, "chaos-draft-own"), "chaos-publish-own");
  const one = await drafted(dov, 0.9, "chaos-draft");
  const other = await drafted(dov, 0.8, "chaos-draft-other");
  await Promise.all([
    publish(pia, one, "chaos-publish"),
    publish(pia, one, "chaos-publish"),
    publish(quy, other, "chaos-publish-other"),
  ]);
  const isFirst = clicks.some(({ key, status }) => key === "chaos-publish" && status === 200);
  await waiting(reach(AT.rollBack));
  await does(pia, "rollback", { version: before.version, over: isFirst ? one : other }, "chaos-rollback");
  return clicks;
}

const versionIn = ({ value }: Click): string | null => (value as { version?: string } | null)?.version ?? null;

/** The four eyes are a no that no rebuilt database changes. */
const isFourEyes = ({ status, value }: { status: number; value: unknown }): boolean =>
  status === 403 && String((value as { detail?: unknown } | null)?.detail).includes("they drafted it");

async function shown(following: Following): Promise<Shown | null> {
  while (!following.signal.aborted) {
    const policy = await look<Shown>(following.staff.dov, "/api/policy", following);
    if (policy !== null) return policy;
    await pause(LOOK_MS, following.signal);
  }
  return null;
}

/** A little less of each, so that what is honest still passes. */
function changed(document: PolicyDocument, factor: number): PolicyDocument {
  const { guardrails, approvals } = document;
  return {
    ...document,
    guardrails: { ...guardrails, grantLifeMs: Math.floor(guardrails.grantLifeMs * factor) },
    approvals: { ...approvals, fourEyesAboveUsdCents: Math.floor(approvals.fourEyesAboveUsdCents * factor) },
  };
}
