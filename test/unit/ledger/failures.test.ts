import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../shared/contracts/action.ts";
import { FAILURE_REASONS, type FailureReason } from "../../../shared/contracts/failure.ts";
import { DAY_MS, HOUR_MS } from "../../../shared/core/time.ts";
import { countsAsFailure, dispose } from "../../../shared/policy/disposition.ts";
import { policy } from "../../helpers/policy.ts";
import { event, failure, type OpenShard, openShard, refund, SETTINGS, unknown } from "../../helpers/shard.ts";

const GRANT = { kid: "k", claims: "{}", signature: "s" };
const pending: Outcome = {
  kind: "pending",
  providerObject: "re_1",
  amountMinor: 4_250,
  note: "the bank works on it",
  checkAfterMs: 6 * HOUR_MS,
};
const one = refund(1);
const ref = { id: one.action.id, subject: one.action.subject };

const { dispositions: DISPOSITIONS } = policy.handling;
/** Reasons of which a row may fail some times before it is given up. */
const PATIENT = FAILURE_REASONS.filter(
  (reason) => countsAsFailure(reason, DISPOSITIONS) && dispose(reason, 0, DISPOSITIONS) === "retry",
);

const failOnce = (open: OpenShard, reason: FailureReason) => {
  const answer = open.fail(one, open.lease(one).fence, failure(reason));
  open.pass(HOUR_MS);
  return answer.disposition;
};

describe("the shard's copy of what becomes of failures", () => {
  it("is what counts, not the default", () => {
    const dispositions = { ...DISPOSITIONS, provider_refused: { retries: 2, otherwise: "dead" } } as const;
    const open = openShard(undefined, { ...SETTINGS, handling: { ...policy.handling, dispositions } });
    open.put(one);
    expect([1, 2, 3].map(() => failOnce(open, "provider_refused"))).toEqual(["retry", "retry", "dead"]);
  });
});

describe("failures of an action", () => {
  it("of eight kinds and more, days apart, do not end a refund that is pending for a month", () => {
    const open = openShard();
    open.put(one);
    for (let blip = 0; blip < 8; blip++)
      for (const reason of PATIENT) {
        open.settle(one, open.lease(one).fence, pending);
        open.pass(6 * HOUR_MS);
        expect(failOnce(open, reason), `${reason} after ${blip} of its kind`).toBe("retry");
      }
    expect(open.clock.now - open.view(one).createdAt).toBeGreaterThan(15 * DAY_MS);
    expect(open.view(one).state).toBe("pending");
  });

  it("of one reason do not shorten the patience with another", () => {
    const open = openShard();
    open.put(one);
    for (let nth = 0; nth < 8; nth++) expect(failOnce(open, "provider_unauthorized")).toBe("retry");
    for (let nth = 0; nth < 5; nth++) expect(failOnce(open, "bug")).toBe("retry");
    expect(open.view(one).failures).toBe(13);
    expect(failOnce(open, "bug")).toBe("dead");
  });

  it("end it where nothing was heard between them, whatever the answer was unclear about", () => {
    const open = openShard();
    open.put(one);
    for (let nth = 0; nth < 8; nth++) {
      expect(failOnce(open, "provider_unauthorized")).toBe("retry");
      open.settle(one, open.lease(one).fence, unknown());
      open.pass(HOUR_MS);
    }
    expect(failOnce(open, "provider_unauthorized")).toBe("dead");
  });

  const news: Record<string, (open: OpenShard) => void> = {
    "the provider's answer": (open) => void open.settle(one, open.lease(one).fence, pending),
    "a grant": (open) => {
      open.shard.requestGrant(ref, open.lease(one).fence, "expired", open.clock.now);
      open.shard.regrant([{ ref, grant: GRANT, notBefore: null }], open.clock.now);
    },
    "the lift of its hold": (open) => {
      open.shard.held([{ ...ref, hold: { scope: "all", at: 1 }, reason: "stop", fence: null }], open.clock.now);
      open.shard.wake({ scope: "all", at: 1 }, open.clock.now);
    },
    "a redrive": (open) => {
      open.fail(one, null, failure("queue_exhausted"));
      open.shard.redrive({ kind: "action", ...ref }, "n", open.clock.now);
    },
  };
  it.each(Object.keys(news))("are counted anew after %s", (name) => {
    const open = openShard();
    open.put(one);
    for (let nth = 0; nth < 5; nth++) failOnce(open, "bug");
    expect(open.view(one).failures).toBe(5);
    news[name]?.(open);
    expect(open.view(one).failures).toBe(0);
    expect(failOnce(open, "bug")).toBe("retry");
  });

  it("are counted for each reason since the last news, in whatever order they come", () => {
    const step = fc.oneof(
      fc.constantFrom(...PATIENT, "provider_rate_limited" as const, "gate_unavailable" as const),
      fc.constantFrom("pending" as const, "unknown" as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const open = openShard();
        open.put(one);
        const since = new Map<FailureReason, number>();
        for (const next of steps) {
          open.pass(HOUR_MS);
          const { fence } = open.lease(one);
          if (next === "pending" || next === "unknown") {
            open.settle(one, fence, next === "pending" ? pending : unknown());
            if (next === "pending") since.clear();
          } else {
            const before = since.get(next) ?? 0;
            const { disposition } = open.fail(one, fence, failure(next));
            expect(disposition, `${next} after ${before}`).toBe(dispose(next, before, DISPOSITIONS));
            if (countsAsFailure(next, DISPOSITIONS)) since.set(next, before + 1);
            if (disposition !== "retry") return;
          }
          const sum = [...since.values()].reduce((all, count) => all + count, 0);
          expect(open.view(one).failures).toBe(sum);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("failures of an event", () => {
  it("are counted for each reason, and anew after a redrive", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    const fail = (reason: FailureReason) => shard.failEvent("stripe:evt_1", failure(reason), clock.now).disposition;
    for (let nth = 0; nth < 8; nth++) expect(fail("claude_timeout")).toBe("retry");
    expect([fail("claude_malformed"), fail("bug"), fail("claude_rate_limited")]).toEqual(["retry", "retry", "retry"]);
    expect(shard.eventView("stripe:evt_1")?.failures).toBe(10);
    expect(fail("claude_timeout")).toBe("dead");
    shard.redrive({ kind: "event", id: "stripe:evt_1" }, "n", clock.now);
    expect(fail("claude_timeout")).toBe("retry");
  });
});

describe("a row that was written when there was one number for all reasons", () => {
  /** The shard of today, opened on what was stored so. */
  function stored({ sql }: OpenShard, table: "event" | "action", failures: number, last: string | null): OpenShard {
    const failed = last === null ? "json('null')" : `json_object('reason', '${last}', 'detail', '')`;
    sql.exec(
      `UPDATE ${table} SET row = json_set(row, '$.failures', json('${failures}'), '$.failure', ${failed}) WHERE ? = 1`,
      1,
    );
    return openShard(sql);
  }

  it("has failed so often for its last failure's reason", () => {
    const before = openShard();
    before.put(one);
    const open = stored(before, "action", 5, "bug");
    expect(open.view(one).failures).toBe(5);
    expect(failOnce(open, "provider_unauthorized")).toBe("retry");
    expect(failOnce(open, "bug")).toBe("dead");
  });

  it.each([null, "provider_rate_limited"])("has not failed where its last failure was none that counts: %s", (last) => {
    const before = openShard();
    before.put(one);
    expect(failOnce(stored(before, "action", 5, last), "bug")).toBe("retry");
  });

  it("is so as an event, too", () => {
    const before = openShard();
    before.accept(event());
    const open = stored(before, "event", 8, "claude_timeout");
    const { disposition } = open.shard.failEvent("stripe:evt_1", failure("claude_timeout"), open.clock.now);
    expect(disposition).toBe("dead");
  });
});
