import { describe, expect, it } from "vitest";
import { adyenEvent, openMatters } from "../../helpers/matters.ts";
import { event } from "../../helpers/shard.ts";

describe("what failed at Adyen", () => {
  it.each([
    ["REFUND_FAILED", "true", "a refund (NQPX4BRQZ8DSGZR3) of 8835511210681324: failed"],
    ["REFUND", "false", "a refund (NQPX4BRQZ8DSGZR3) of 8835511210681324: failed"],
    ["REFUNDED_REVERSED", "true", "a refund (NQPX4BRQZ8DSGZR3) of 8835511210681324: failed"],
    ["CANCEL_OR_REFUND", "false", "a refund (NQPX4BRQZ8DSGZR3) of 8835511210681324: failed"],
    ["CAPTURE_FAILED", "true", "a capture failed (NQPX4BRQZ8DSGZR3)"],
    ["CAPTURE", "false", "a capture failed (NQPX4BRQZ8DSGZR3)"],
    ["EXPIRE", "true", "a held authorisation ran out"],
    ["NOTIFICATION_OF_FRAUD", "true", "an early fraud warning (NQPX4BRQZ8DSGZR3)"],
  ])("%s with success %s is one case that says what it is", async (code, success, says) => {
    const { tell, cases } = await openMatters();
    const told = adyenEvent(code, { success });
    await tell(told, { ...told, id: `${told.id}:again` });
    const [only, ...more] = cases();
    expect([only?.state, only?.subject, more]).toEqual(["open", "8835511210681324", []]);
    expect(only?.reason).toContain(says);
    expect(only?.reason).toContain("42.50 EUR");
    expect(only?.reason).not.toMatch(/executor/);
  });

  it.each([
    ["REFUND", "true"],
    ["CAPTURE", "true"],
    ["AUTHORISATION", "true"],
    ["AUTHORISATION", "false"],
  ])("%s with success %s asks for no decision", async (code, success) => {
    const { tell, endOf } = await openMatters();
    const told = adyenEvent(code, { success });
    await tell(told);
    expect(await endOf(told.id)).toEqual({ state: "none", reason: `${told.type} asks for no decision` });
  });

  it.each(["INFORMATION_SUPPLIED", "ISSUER_RESPONSE_TIMEFRAME_EXPIRED", "CHARGEBACK_REVERSED", "PREARBITRATION_WON"])(
    "%s with success false neither closes the case of its dispute nor says that it was sent or won",
    async (code) => {
      const { tell, cases } = await openMatters();
      await tell(adyenEvent("CHARGEBACK"), adyenEvent(code, { success: "false" }, 1));
      expect(cases()).toMatchObject([{ state: "open", status: "other" }]);
      expect(cases()[0]?.reason).toContain(`a dispute of which ${code} did not succeed`);
      expect(cases()[0]?.reason).toContain("what that means is not known here");
    },
  );

  it("is one case a refund, whichever of its events come, and in which order", async () => {
    const { tell, cases } = await openMatters();
    await tell(
      adyenEvent("REFUND", { success: "false" }),
      adyenEvent("REFUND_FAILED"),
      adyenEvent("REFUNDED_REVERSED"),
    );
    expect(cases().length).toBe(1);
  });

  it("is not looked up at another provider, when it comes in our own shape", async () => {
    const { memory, tell, cases } = await openMatters();
    const own = { type: "adyen.CHARGEBACK", dispute: "NQPX4BRQZ8DSGZR3", payment: "8835511210681324" };
    await tell(event({ id: "api:own_1", ...own }));
    expect([memory.reads(), cases().length]).toEqual([0, 1]);
    expect(cases()[0]?.reason).toContain("nothing can be looked up at Adyen from here");
  });
});
