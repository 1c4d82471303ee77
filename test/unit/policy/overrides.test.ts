import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOverridable, OVERRIDABLE, type Overridable } from "../../../shared/contracts/overridable.ts";
import type { PaymentSnapshot, RefundView } from "../../../shared/contracts/provider.ts";
import { type Asking, askRefund, GUARDED_AT } from "../../helpers/guarding.ts";

const DAY_MS = 86_400_000;
const APPROVAL = "approval:1";
const approved = (...overrides: Overridable[]) => ({ approved: { approval: APPROVAL, overrides } });
const refundOf = (amountMinor: number, changes: Partial<RefundView> = {}): RefundView => ({
  id: "re_1",
  amountMinor,
  currency: "usd",
  status: "succeeded",
  createdAt: GUARDED_AT - DAY_MS,
  actionId: null,
  failureReason: null,
  isRelease: false,
  ...changes,
});
const doubled: Asking = { payment: { refunds: [refundOf(4_250)], refundedMinor: 4_250 } };
const asked = (asking: Asking, ...overrides: Overridable[]) =>
  askRefund({ ...asking, context: { ...asking.context, ...approved(...overrides) } });

describe("an approval", () => {
  it("lets a duplicate refund pass that it names, and the verdict says which approval did", () => {
    expect(asked(doubled)).toMatchObject({ kind: "escalate", rule: "duplicate" });
    const { kind, verdicts } = asked(doubled, "duplicate");
    expect(kind).toBe("allow");
    expect(verdicts.find(({ rule }) => rule === "duplicate")).toMatchObject({
      verdict: "overridden",
      approval: APPROVAL,
      refund: "re_1",
    });
  });

  it("overrides nothing that it does not name", () => {
    for (const rule of OVERRIDABLE.filter((one) => one !== "duplicate"))
      expect(asked(doubled, rule), rule).toMatchObject({ kind: "escalate", rule: "duplicate" });
  });

  it("of a duplicate gives back no more than was captured", () => {
    const used: Asking = { payment: { refunds: [refundOf(9_000)], refundedMinor: 9_000 }, amountMinor: 9_000 };
    expect(asked(used, ...OVERRIDABLE)).toMatchObject({ kind: "escalate", rule: "captured" });
  });

  it("that names a rule which nobody may override is refused by it, whoever has written that", () => {
    const used: Asking = { payment: { refundedMinor: 9_000 }, amountMinor: 4_250 };
    expect(asked(used, "captured" as Overridable)).toMatchObject({ kind: "escalate", rule: "captured" });
  });

  it.each([
    ["a refund of a payment whose refunds were not read", { payment: { refunds: null } }, "duplicate"],
    ["a refund of a payment whose capture has no known time", { payment: { capturedAt: null } }, "window"],
  ] satisfies [string, Asking, string][])(
    "cannot let pass %s: nobody knows what that would be",
    (_what, asking, rule) => {
      expect(asked(asking, ...OVERRIDABLE)).toMatchObject({ kind: "escalate", rule });
    },
  );

  it("lets an old payment, a doubtful agent and a large sum pass, each by its name", () => {
    const payment = { capturedAt: GUARDED_AT - 400 * DAY_MS, amountMinor: 1e7, capturedMinor: 1e7 };
    const all: Asking = { amountMinor: 1e6, payment, proposal: { confidence: "low" } };
    expect(asked(all)).toMatchObject({ kind: "escalate", rule: "window" });
    expect(asked(all, "window")).toMatchObject({ kind: "escalate", rule: "confidence" });
    expect(asked(all, "window", "confidence")).toMatchObject({ kind: "escalate", rule: "four_eyes" });
    expect(asked(all, "window", "confidence", "four_eyes").kind).toBe("allow");
  });

  it("is shown all that it must override, behind the first", () => {
    const payment = { capturedAt: GUARDED_AT - 400 * DAY_MS, amountMinor: 1e7, capturedMinor: 1e7 };
    const { result, verdicts } = askRefund({ amountMinor: 1e6, payment, proposal: { confidence: "low" } });
    expect(result).toMatchObject({ kind: "escalate", rule: "window" });
    expect(verdicts.filter(({ verdict }) => verdict === "escalate").map(({ rule }) => rule)).toEqual([
      "window",
      "confidence",
      "four_eyes",
    ]);
  });

  it("never allows what a rule refuses that cannot be overridden, whatever is proposed, read and approved", () => {
    const payment: fc.Arbitrary<Partial<PaymentSnapshot>> = fc.record(
      {
        mode: fc.constantFrom("test", "live"),
        currency: fc.constantFrom("usd", "eur", "bgn"),
        status: fc.constantFrom("paid", "held", "unpaid"),
        capturedMinor: fc.nat(20_000),
        refundedMinor: fc.nat(10_000),
        capturedAt: fc.constantFrom(null, GUARDED_AT, GUARDED_AT - 400 * DAY_MS),
        refunds: fc.option(
          fc.array(
            fc.nat(10_000).map((minor) => refundOf(minor)),
            { maxLength: 2 },
          ),
        ),
        customer: fc.constantFrom(null, "cus_1", "cus_2"),
      },
      { requiredKeys: [] },
    );
    const proposal = fc.record(
      {
        confidence: fc.constantFrom("low", "medium", "high"),
        extent: fc.constantFrom("whole", "part", "unclear"),
        currency: fc.constantFrom(null, "usd", "eur"),
        words: fc.record({
          amounts: fc.array(
            fc.record({ amountMinor: fc.nat(9_000), currency: fc.constant("usd"), isAsked: fc.boolean() }),
            {
              maxLength: 2,
            },
          ),
          doubts: fc.array(fc.record({ about: fc.constantFrom("part", "hidden", "count"), words: fc.constant("w") }), {
            maxLength: 1,
          }),
          asks: fc.boolean(),
        }),
      },
      { requiredKeys: [] },
    );
    const context = fc.record(
      { customer: fc.constantFrom(null, "cus_1"), reservedMinor: fc.nat(5_000), firstGrant: fc.boolean() },
      { requiredKeys: [] },
    );
    const overrides = fc.subarray([...OVERRIDABLE]);
    const amount = fc.option(fc.nat(2e5));
    fc.assert(
      fc.property(
        payment,
        proposal,
        context,
        overrides,
        amount,
        (payment, proposal, context, overrides, amountMinor) => {
          const asking = { amountMinor, payment, proposal, context } as Asking;
          const before = askRefund(asking);
          const after = asked(asking, ...overrides);
          const refusing = before.verdicts.filter(({ verdict }) => verdict === "escalate");
          const stays = refusing.find(({ rule }) => !isOverridable(rule) || !overrides.includes(rule));
          if (stays !== undefined) {
            expect(after.result).toMatchObject({ kind: "escalate", rule: stays.rule });
            return;
          }
          const passed = after.verdicts.filter(({ verdict }) => verdict === "overridden");
          expect(passed.every(({ rule }) => isOverridable(rule) && overrides.includes(rule))).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
