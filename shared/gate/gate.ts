import type { ApprovedBy } from "../contracts/case-decision.ts";
import type { Admission, AdmitRequest, EnvelopesAbove, GateTotals } from "../contracts/gate.ts";
import type { PolicyDocument } from "../contracts/policy.ts";
import { migrate, type Sql } from "../core/sql.ts";
import { UPGRADES, type UpgradeStep } from "../policy/upgrades.ts";
import { createEnvelopes } from "./envelopes.ts";
import { createHeard } from "./heard.ts";
import { createHolds } from "./holds.ts";
import { createPublications, DRAFTS_KEPT, type FirstPolicy } from "./publications.ts";
import { GATE_MIGRATIONS } from "./schema.ts";
import { whySpoilt } from "./spoilt.ts";

const SHOWN_PER_PREFIX = 10;
const HOLDS_SHOWN = 10;

/** What people approved of each request, by a grant that the caller has verified. */
export type Approved = readonly (ApprovedBy | null)[];

/**
 * The gate: the policy in force, holds (also a hold on everything) and envelopes (how much money may be at risk in a sliding
 * hour). Executors ask it once a batch; holds and envelopes are enforced only here. Methods are synchronous: in a Durable
 * Object each is one transaction. `first`: the policy with which a deployment begins.
 */
export function createGate(sql: Sql, first: FirstPolicy, upgrades: readonly UpgradeStep[] = UPGRADES) {
  migrate(sql, GATE_MIGRATIONS);
  const holds = createHolds(sql);
  const publications = createPublications(sql, first, DRAFTS_KEPT, upgrades);
  const envelopes = createEnvelopes(sql, () => publications.current().publication.document);
  const { hear, heard } = createHeard(sql);

  function admit(request: AdmitRequest, approved: ApprovedBy | null, now: number): Admission {
    const hold = holds.on(request);
    if (hold !== null) {
      const { scope, at, reason } = hold;
      return { kind: "held", reason: `on hold (${scope}): ${reason}`, hold: { scope, at } };
    }
    // The amount was counted when it was sent. Counting a later read would count it twice.
    if (request.readsOnly === true) return { kind: "admitted" };
    const over = envelopes.reserve(request, approved, now);
    return over === null ? { kind: "admitted" } : { kind: "over", reason: over };
  }

  return {
    /** Answers in the order of the requests. Throws where what is stored is no policy: nothing is admitted without one. */
    admit(requests: AdmitRequest[], now: number, approved: Approved = []): Admission[] {
      const { guardrails } = publications.current();
      envelopes.expire(now);
      return requests.map((request, index) => ({ ...admit(request, approved[index] ?? null, now), guardrails }));
    },
    hold: holds.hold,
    lift: holds.lift,
    holds: holds.list,
    holdReasons: holds.reasons,
    hear,
    heard,
    policy: publications.policy,
    keep: publications.keep,
    draft: publications.draft,
    draftOf: publications.draftOf,
    drafts: publications.drafts,
    /** As GateRpc has it: a hash takes a promise, so it is asked for before something is published. */
    spoilt: (version: string | null): Promise<string | null> => whySpoilt(publications.stored(version), upgrades),
    publish: publications.publish,
    history: publications.history,
    outdated: publications.outdated,
    upgrade: publications.upgrade,
    publicationOf: publications.publicationOf,
    above(limits: PolicyDocument["envelopes"], now: number): EnvelopesAbove[] {
      envelopes.expire(now);
      return envelopes.above(limits, SHOWN_PER_PREFIX);
    },
    totals(now: number): GateTotals {
      envelopes.expire(now);
      const active = holds.list();
      return {
        envelopes: envelopes.uses(SHOWN_PER_PREFIX),
        holds: { count: active.length, newest: active.slice(0, HOLDS_SHOWN) },
      };
    },
  };
}

export type Gate = ReturnType<typeof createGate>;
