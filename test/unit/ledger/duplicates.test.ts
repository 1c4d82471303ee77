import { describe, expect, it } from "vitest";
import type { Action } from "../../../shared/contracts/action.ts";
import type { NewAction } from "../../../shared/contracts/ledger.ts";
import { ABOUT_NOTHING } from "../../../shared/contracts/rules.ts";
import { duplicateNumbersOf } from "../../../shared/policy/duplicates.ts";
import { policy } from "../../helpers/policy.ts";
import { failure, openShard, refund, succeeded, unknown } from "../../helpers/shard.ts";

const DAY_MS = 86_400_000;
const WINDOW_MS = policy.guardrails.refund.windowMs;
const PENDING = {
  kind: "pending",
  providerObject: "re_1",
  amountMinor: 4_250,
  note: "",
  checkAfterMs: DAY_MS,
} as const;
const onOne = (n: number, changes: Partial<Action> = {}, row: Partial<NewAction> = {}) =>
  refund(n, { subject: "pi_1", payment: "pi_1", ...changes }, row);

/** As an earlier version puts it, which names no numbers. */
function unsaid(item: NewAction): NewAction {
  const { numbers: _, ...before } = item;
  return before;
}

describe("a new action without the numbers of its caller's policy", () => {
  it("is put as ever where its subject has none beside it", () => {
    const { put } = openShard();
    expect(put(unsaid(onOne(1)))).toEqual(["ready"]);
  });

  it("is a case beside another refund of the same amount, however old that is", () => {
    const { put, pass, view, lease, settle } = openShard();
    put(onOne(1));
    settle(onOne(1), lease(onOne(1)).fence, succeeded());
    pass(10 * WINDOW_MS);
    expect(put(unsaid(onOne(2)))).toEqual(["case_opening"]);
    expect(view(onOne(2)).caseReason).toContain("was decided for another fact, or is not over");
    expect(put(onOne(3))).toEqual(["ready"]);
  });

  it("is a case after one declined try", () => {
    const { put, pass, lease, settle } = openShard();
    const retry = (n: number) => onOne(n, { kind: "retryPayment" });
    put(retry(1));
    settle(retry(1), lease(retry(1)).fence, { kind: "declined", note: "", declineCode: null, next: null });
    pass(DAY_MS);
    expect(put(retry(2), unsaid(retry(3)))).toEqual(["ready", "skipped"]);
    settle(retry(2), lease(retry(2)).fence, succeeded());
    pass(365 * DAY_MS);
    expect(put(unsaid(retry(4)))).toEqual(["case_opening"]);
  });
});

describe("the numbers of another policy", () => {
  it("are those that count, not those of the default", () => {
    const { put, pass, lease, settle } = openShard();
    const under = (n: number, refundWindowMs: number) =>
      onOne(n, {}, { numbers: { ...duplicateNumbersOf(policy), refundWindowMs } });
    put(onOne(1));
    settle(onOne(1), lease(onOne(1)).fence, succeeded());
    pass(DAY_MS);
    expect(put(under(2, DAY_MS - 1))).toEqual(["ready"]);
    expect(put(under(3, WINDOW_MS))).toEqual(["case_opening"]);
  });
});

describe("a refund beside another one of the same payment", () => {
  it("is a case when amount and payment are the same and the fact is not, within the refund window", () => {
    const { put, pass, view, lease, settle } = openShard();
    put(onOne(1));
    settle(onOne(1), lease(onOne(1)).fence, succeeded());
    pass(WINDOW_MS);
    expect(put(onOne(2))).toEqual(["case_opening"]);
    expect(view(onOne(2)).caseReason).toMatch(
      /^possible duplicate: refund of 42\.50 USD on pi_1 .* within 180 days.*act_0+1, succeeded, since 20\d\d-\d\d-\d\dT[\d:.]+Z, its refund is re_1\)\. Compare both: .*; if a second one is meant, a person approves it over duplicate$/,
    );
    expect(view(onOne(2)).caseAbout).toEqual({ rule: "duplicate", refund: "re_1" });
  });

  it("is allowed when the other has succeeded and the refund window has passed", () => {
    const { put, pass, lease, settle } = openShard();
    put(onOne(1));
    settle(onOne(1), lease(onOne(1)).fence, succeeded());
    pass(WINDOW_MS + 1);
    expect(put(onOne(2))).toEqual(["ready"]);
  });

  it("is allowed when the other was read as failed at the bank, though its call was in doubt before", () => {
    const { put, pass, lease, settle, fail } = openShard();
    put(onOne(1));
    settle(onOne(1), lease(onOne(1)).fence, unknown());
    pass(DAY_MS);
    const read = { ...failure("provider_refused"), about: { rule: null, refund: "re_1" } };
    fail(onOne(1), lease(onOne(1)).fence, read);
    expect(put(onOne(2))).toEqual(["ready"]);
  });

  it.each<[string, ReturnType<typeof failure>]>([
    ["another refund is the reason", { ...failure("guardrail"), about: { rule: "duplicate", refund: "re_2" } }],
    ["the effect is gone", { ...failure("provider_not_found"), about: { rule: null, refund: "re_1" } }],
    ["no refund is named", failure("provider_refused")],
  ])("is a case when the other's call was in doubt and stays so: %s", (_why, why) => {
    const { put, pass, lease, settle, fail } = openShard();
    put(onOne(1));
    settle(onOne(1), lease(onOne(1)).fence, unknown());
    pass(DAY_MS);
    fail(onOne(1), lease(onOne(1)).fence, why);
    expect(put(onOne(2))).toEqual(["case_opening"]);
  });

  it.each<[string, (open: ReturnType<typeof openShard>) => void]>([
    ["waits, be it for a hold", () => undefined],
    ["is pending at the bank", ({ lease, settle }) => settle(onOne(1), lease(onOne(1)).fence, PENDING)],
    ["is unknown", ({ lease, settle }) => settle(onOne(1), lease(onOne(1)).fence, unknown())],
    ["was given up", ({ fail }) => fail(onOne(1), null, failure("queue_exhausted"))],
    [
      "is a dead letter, which may be redriven",
      ({ fail, shard, refOf, clock }) => {
        fail(onOne(1), null, failure("queue_exhausted"));
        shard.deadLettered({ kind: "action", ...refOf(onOne(1)) }, clock.now);
      },
    ],
  ])("is a case after any time while the other %s", (_how, becomes) => {
    const open = openShard();
    open.put(onOne(1));
    becomes(open);
    open.pass(2 * WINDOW_MS);
    expect(open.put(onOne(2))).toEqual(["case_opening"]);
  });

  it("is a case when it was asked for within the window of the other, however long it was on its way itself", () => {
    const { put, pass, clock, lease, settle } = openShard();
    const askedAt = clock.now;
    pass(DAY_MS / 2);
    put(onOne(1));
    settle(onOne(1), lease(onOne(1)).fence, succeeded());
    // Its event was a dead letter until now.
    pass(WINDOW_MS + 3 * DAY_MS);
    expect(put(onOne(2, {}, { causedAt: askedAt }))).toEqual(["case_opening"]);
    expect(put(onOne(3))).toEqual(["ready"]);
  });

  it("is allowed for another amount, another payment, another kind", () => {
    const { put } = openShard();
    put(onOne(1));
    expect(
      put(onOne(2, { amountMinor: 4_249 }), refund(3), onOne(4, { kind: "authorize", variant: "capture" })),
    ).toEqual(["ready", "ready", "ready"]);
  });

  it("is a case after one that succeeded, or was given up and may have", () => {
    const secondAfter = (end: (open: ReturnType<typeof openShard>) => void): string | undefined => {
      const open = openShard();
      open.put(onOne(1));
      end(open);
      return open.put(onOne(2))[0];
    };
    expect(secondAfter(({ lease, settle }) => settle(onOne(1), lease(onOne(1)).fence, succeeded()))).toBe(
      "case_opening",
    );
    expect(secondAfter(({ fail }) => fail(onOne(1), null, failure("queue_exhausted")))).toBe("case_opening");
    expect(
      secondAfter(({ lease, settle }) => settle(onOne(1), lease(onOne(1)).fence, { kind: "skipped", note: "" })),
    ).toBe("ready");
    expect(secondAfter(({ lease, fail }) => fail(onOne(1), lease(onOne(1)).fence, failure("guardrail")))).toBe("ready");
  });

  it("is a case after one that became a case while nobody knew how its call had ended", () => {
    const { put, lease, settle, fail, pass } = openShard();
    put(onOne(1));
    settle(onOne(1), lease(onOne(1)).fence, unknown());
    pass(60_000);
    fail(onOne(1), null, failure("guardrail"));
    expect(put(onOne(2))).toEqual(["case_opening"]);
  });

  it("is a case after one by which another amount moved than was granted", () => {
    const { put, lease, settle } = openShard();
    put(onOne(1));
    const outcome = { kind: "unmeant", providerObject: "re_1", amountMinor: 4_000, note: "40.00 moved" } as const;
    settle(onOne(1), lease(onOne(1)).fence, outcome);
    expect(put(onOne(2))).toEqual(["case_opening"]);
  });

  it("is allowed after one that the bank failed later: it is a case, and gave nothing", () => {
    const { put, lease, settle, fail } = openShard();
    put(onOne(1));
    settle(onOne(1), lease(onOne(1)).fence, { ...PENDING, checkAfterMs: 0 });
    fail(onOne(1), lease(onOne(1)).fence, failure("provider_refused"));
    expect(put(onOne(2))).toEqual(["ready"]);
  });

  it("is not compared when it is a case already", () => {
    const { put, view } = openShard();
    put(onOne(1), onOne(2, {}, { grant: null, caseReason: "its own reason", caseAbout: ABOUT_NOTHING }));
    expect(view(onOne(2))).toMatchObject({ caseReason: "its own reason", caseAbout: ABOUT_NOTHING });
  });
});

describe("a capture beside another one of the same payment", () => {
  const capture = (n: number, amountMinor = 4_250) => onOne(n, { kind: "authorize", variant: "capture", amountMinor });
  const release = (n: number) => onOne(n, { kind: "authorize", variant: "release", amountMinor: null });

  it.each([
    ["another capture", capture(2)],
    ["another capture of another amount", capture(2, 4_000)],
    ["a release", release(2)],
  ])("is a case as %s, at any age", (_what, second) => {
    const { put, pass, lease, settle, view } = openShard();
    put(capture(1));
    settle(capture(1), lease(capture(1)).fence, succeeded());
    pass(2 * WINDOW_MS);
    expect(put(second)).toEqual(["case_opening"]);
    expect(view(second)).toMatchObject({
      caseReason: expect.stringMatching(/^possible duplicate: pi_1 is captured or released once, .*act_0+1, succeeded/),
      caseAbout: { rule: "duplicate", refund: null },
    });
  });

  it("is allowed after one that moved nothing, on another payment, and beside a refund", () => {
    const { put, lease, settle, fail } = openShard();
    put(capture(1));
    settle(capture(1), lease(capture(1)).fence, { kind: "skipped", note: "" });
    expect(put(capture(2))).toEqual(["ready"]);
    fail(capture(2), lease(capture(2)).fence, failure("guardrail"));
    expect(put(capture(3))).toEqual(["ready"]);
    expect(put(onOne(4))).toEqual(["ready"]);
    expect(put(refund(5, { kind: "authorize", variant: "capture" }))).toEqual(["ready"]);
  });
});

describe("a retry beside another one of the same payment", () => {
  const retry = (n: number, row: Partial<NewAction> = {}) => onOne(n, { kind: "retryPayment" }, row);

  it("is skipped while another is under way", () => {
    const { put, view } = openShard();
    put(retry(1, { grant: null }));
    expect(put(retry(2))).toEqual(["skipped"]);
    expect(view(retry(2)).outcome).toMatchObject({
      kind: "skipped",
      note: expect.stringContaining(retry(1).action.id),
    });
  });

  it("goes on when the other has ended, or waits for a person", () => {
    const { put, lease, settle, fail } = openShard();
    put(retry(1));
    settle(retry(1), lease(retry(1)).fence, { kind: "declined", note: "", declineCode: null, next: null });
    expect(put(retry(2))).toEqual(["ready"]);
    fail(retry(2), lease(retry(2)).fence, failure("guardrail"));
    expect(put(retry(3))).toEqual(["ready"]);
  });

  it(`is a case after ${policy.guardrails.retry.declinedMax} declines within 30 days, and not after one less or when they are older`, () => {
    const declines = (count: number, laterMs: number): string | undefined => {
      const { put, lease, settle, pass } = openShard();
      for (let n = 1; n <= count; n++) {
        put(retry(n));
        settle(retry(n), lease(retry(n)).fence, { kind: "declined", note: "", declineCode: null, next: null });
      }
      pass(laterMs);
      return put(retry(99))[0];
    };
    expect(declines(policy.guardrails.retry.declinedMax - 1, 0)).toBe("ready");
    expect(declines(policy.guardrails.retry.declinedMax, 0)).toBe("case_opening");
    expect(declines(policy.guardrails.retry.declinedMax, 30 * DAY_MS - 1)).toBe("case_opening");
    expect(declines(policy.guardrails.retry.declinedMax, 30 * DAY_MS)).toBe("ready");
  });

  it("stays below both card networks' limits", () => {
    // Visa: 20 in 30 days since 2025-05-25; Mastercard: 35.
    expect(policy.guardrails.retry.declinedMax).toBeLessThan(20);
  });
});

describe("a change beside another one of the same subscription", () => {
  const onSubscription = (n: number, kind: Action["kind"], row: Partial<NewAction> = {}) =>
    refund(n, { kind, subject: "sub_1", subscription: "sub_1", payment: null, amountMinor: null }, row);

  it("contradicts it also when both were asked for at once, and a long queue decided them far apart", () => {
    const { put, pass, clock, lease, settle } = openShard();
    const askedAt = clock.now;
    pass(10 * 60_000);
    put(onSubscription(1, "pause", { causedAt: askedAt }));
    settle(onSubscription(1, "pause"), lease(onSubscription(1, "pause")).fence, succeeded());
    pass(10 * 60_000);
    expect(put(onSubscription(2, "cancel", { causedAt: askedAt + 500 }))).toEqual(["case_opening"]);
  });

  it("is a person's where the same change was given up: nobody would make it", () => {
    const { put, pass, fail, shard, refOf, clock, view } = openShard();
    put(onSubscription(1, "pause"));
    fail(onSubscription(1, "pause"), null, failure("queue_exhausted"));
    shard.deadLettered({ kind: "action", ...refOf(onSubscription(1, "pause")) }, clock.now);
    pass(30 * DAY_MS);
    expect(put(onSubscription(2, "pause"))).toEqual(["case_opening"]);
    expect(view(onSubscription(2, "pause")).caseReason).toMatch(/^the same change was given up.*dead_lettered/);
  });
});
