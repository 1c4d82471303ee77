import type { Admission, AdmitRequest, GateTotals } from "../contracts/gate.ts";
import type { PolicyDocument } from "../contracts/policy.ts";
import { migrate, type Sql } from "../core/sql.ts";
import { DEFAULT_DOCUMENT } from "../policy/document.ts";
import { createEnvelopes } from "./envelopes.ts";
import { createHeard } from "./heard.ts";
import { createHolds } from "./holds.ts";
import { GATE_MIGRATIONS } from "./schema.ts";

const SHOWN_PER_PREFIX = 10;
const HOLDS_SHOWN = 10;

/**
 * The gate: holds (also a hold on everything) and envelopes (how much money may be at risk in a sliding hour). Executors
 * ask it once a batch; both are enforced only here. Methods are synchronous: in a Durable Object each is one transaction.
 */
export function createGate(sql: Sql, policy: PolicyDocument = DEFAULT_DOCUMENT) {
  migrate(sql, GATE_MIGRATIONS);
  const holds = createHolds(sql);
  const envelopes = createEnvelopes(sql);
  const { hear, heard } = createHeard(sql);

  function admit(request: AdmitRequest, now: number): Admission {
    const hold = holds.on(request);
    if (hold !== null) {
      const { scope, at, reason } = hold;
      return { kind: "held", reason: `on hold (${scope}): ${reason}`, hold: { scope, at } };
    }
    // The amount was counted when it was sent. Counting a later read would count it twice.
    if (request.readsOnly === true) return { kind: "admitted" };
    const over = envelopes.reserve(request, now, policy);
    return over === null ? { kind: "admitted" } : { kind: "over", reason: over };
  }

  return {
    /** Answers in the order of the requests. */
    admit(requests: AdmitRequest[], now: number): Admission[] {
      envelopes.expire(now);
      return requests.map((request) => admit(request, now));
    },
    hold: holds.hold,
    lift: holds.lift,
    holds: holds.list,
    hear,
    heard,
    totals(now: number): GateTotals {
      envelopes.expire(now);
      const active = holds.list();
      return {
        envelopes: envelopes.uses(SHOWN_PER_PREFIX, policy),
        holds: { count: active.length, newest: active.slice(0, HOLDS_SHOWN) },
      };
    },
  };
}

export type Gate = ReturnType<typeof createGate>;
