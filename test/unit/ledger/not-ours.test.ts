import { describe, expect, it } from "vitest";
import type { Action } from "../../../shared/contracts/action.ts";
import { failureOfForged } from "../../../shared/ledger/client/not-ours.ts";
import { refundAction } from "../../helpers/ledger.ts";

async function heldFor(named: Partial<Action>) {
  const holds: string[] = [];
  const failure = await failureOfForged(
    refundAction(1, { payment: null, charge: null, invoice: null, subscription: null, ...named }),
    "no signature",
    {
      ledger: { accept: async () => ["accepted"] },
      gate: {
        hold: async (scope, reason, by) => {
          holds.push(scope);
          return { hold: { scope, reason, by, at: 1 }, isNew: true };
        },
      },
      alarm: () => undefined,
    },
  );
  return { holds, failure };
}

describe("a row that nobody signed", () => {
  it.each([
    [{ payment: "pi_1", charge: "ch_1", subscription: "sub_1" }, "payment:pi_1", "--payment pi_1"],
    [{ charge: "ch_1", invoice: "in_1" }, "charge:ch_1", "--charge ch_1"],
    [{ invoice: "in_1", subscription: "sub_1" }, "invoice:in_1", "--invoice in_1"],
    [{ subscription: "sub_1" }, "subscription:sub_1", "--subscription sub_1"],
  ])("about %j puts %s on hold, and says how it is lifted", async (named, scope, option) => {
    const { holds, failure } = await heldFor(named);
    expect(holds).toEqual([scope]);
    expect(failure).toMatchObject({ reason: "grant_invalid", detail: expect.stringContaining(option) });
  });

  it("about nothing at a provider holds nothing, and is a case", async () => {
    const { holds, failure } = await heldFor({});
    expect([holds, failure.reason]).toEqual([[], "grant_invalid"]);
  });
});
