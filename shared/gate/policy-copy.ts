import type { Failure } from "../contracts/failure.ts";
import { GATE_ANSWER_MS, type GateRpc } from "../contracts/gate.ts";
import type { Policy } from "../contracts/policy.ts";
import { err, ok, type Result } from "../core/result.ts";
import { policyOf, readPolicyDocument } from "../policy/document.ts";

type Kept = { policy: Policy; askedAt: number };
/** The policy in force, or why nothing may be decided or sent: `gate_unavailable`. */
export type Told = Result<Policy, Failure>;
type Alarm = (line: Record<string, unknown>) => void;
/** From each isolate. It asks every ten seconds, and each batch. */
const TOLD_EVERY_MS = 60_000;
type PolicyGate = Pick<GateRpc, "policy">;
/**
 * The policy for one batch or one request. `current`: the isolate's copy while it is good. `again`: by the gate's word of
 * now, where something says that the copy is out of date.
 */
export type Policies = { current(): Promise<Told>; again(): Promise<Told> };

/**
 * This isolate's copy of the policy in force. It is good for 10 seconds, counted from before the gate was asked, so that it
 * never looks newer than it is; a clock that was set back ends it. There is no other source: without an answer there is no
 * policy, and a document that is not what its hash says is none. `now` in epoch milliseconds.
 *
 * While a release that changes the form of the document is deployed, this Worker and the gate may be of two releases. Then it
 * waits: a field that it does not know may be a limit, and a document brought to its own form would be another one under the
 * same hash. `alarm` is told of that, and of a document that was altered, once a minute: neither ends by itself.
 */
export function createPolicyCopy(now: () => number, alarm: Alarm = () => undefined) {
  let kept: Kept | null = null;
  let toldAt = Number.NEGATIVE_INFINITY;

  function tell({ what, version, message }: NoPolicy): void {
    if (Math.abs(now() - toldAt) < TOLD_EVERY_MS) return;
    toldAt = now();
    alarm({ what, version, error: message });
  }

  function isGood({ askedAt }: Kept): boolean {
    const ageMs = now() - askedAt;
    return ageMs >= 0 && ageMs < GATE_ANSWER_MS;
  }

  /** Asks the gate, whatever the copy's age. */
  async function again(gate: PolicyGate): Promise<Told> {
    const askedAt = now();
    // Read before the question: another request of this isolate may change it meanwhile.
    const before = kept;
    try {
      const { version, document } = await gate.policy(before?.policy.version ?? null);
      const policy = document === null ? before?.policy : await checked(document, version);
      if (policy?.version !== version) return away("the gate answered no document of the policy in force");
      // An answer to a later question may have come first. What is from a time that has not come is worth nothing.
      if (kept === null || askedAt >= kept.askedAt || kept.askedAt > now()) kept = { policy, askedAt };
      return isGood(kept) ? ok(kept.policy) : away("the gate answered too late about the policy in force");
    } catch (error) {
      if (error instanceof NoPolicy) tell(error);
      return away(`the policy in force is not known: ${error}`);
    }
  }

  return {
    again,
    /** The copy while it is good; else the gate is asked. */
    current: async (gate: PolicyGate): Promise<Told> =>
      kept !== null && isGood(kept) ? ok(kept.policy) : await again(gate),
  };
}

export type PolicyCopy = ReturnType<typeof createPolicyCopy>;

/** A request has a stub of its own of the gate; the copy is its isolate's. */
export const policiesOf = (copy: PolicyCopy, gate: PolicyGate): Policies => ({
  current: () => copy.current(gate),
  again: () => copy.again(gate),
});

/** The policy of a document; throws where it is none, or another than is said. */
async function checked(document: unknown, version: string): Promise<Policy> {
  const read = readPolicyDocument(document);
  if (!read.ok) throw new NoPolicy("policy.other_form", version, otherForm(read.error));
  const policy = await policyOf(read.value);
  if (policy.version === version) return policy;
  throw new NoPolicy("policy.altered", version, altered(policy.version, version));
}

/** The document is none of this Worker's release, or not what its hash says: only people can mend it. */
class NoPolicy extends Error {
  readonly what: "policy.other_form" | "policy.altered";
  readonly version: string;
  constructor(what: NoPolicy["what"], version: string, why: string) {
    super(why);
    this.what = what;
    this.version = version;
  }
}
const otherForm = (why: string): string =>
  `the gate's document is no policy of this Worker's release: ${why}. A field that there is not is of a newer release: deploy this Worker of that one; one that is missing, of an older: deploy the ledger`;
const altered = (found: string, said: string): string =>
  `the gate's document has the version ${found}, and not ${said}: it was altered. Draft it anew from where you keep it, or roll back: docs/runbook.md`;

const away = (detail: string): Told => err({ reason: "gate_unavailable", detail });
