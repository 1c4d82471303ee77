import { describe, expect, it } from "vitest";
import { classOfDecline, strictest } from "../../../shared/policy/declines.ts";

describe("what a decline means for another try", () => {
  it.each(["lost_card", "stolen_card", "pickup_card", "fraudulent", "do_not_try_again"])("%s: never", (code) => {
    expect(classOfDecline(code, null)).toBe("never");
    expect(classOfDecline(code, "try_again_later")).toBe("never");
  });

  it("the advice not to try again wins over any code", () => {
    expect(classOfDecline("insufficient_funds", "do_not_try_again")).toBe("never");
    expect(classOfDecline(null, "do_not_try_again")).toBe("never");
  });

  it("data that must change first needs the customer", () => {
    expect(classOfDecline("expired_card", null)).toBe("needs_customer");
    expect(classOfDecline("insufficient_funds", "confirm_card_data")).toBe("needs_customer");
  });

  it("of two answers the stricter counts", () => {
    const soft = { declineCode: "insufficient_funds", adviceCode: null };
    const never = { declineCode: "lost_card", adviceCode: null };
    expect(strictest(soft, never)).toEqual({ declineClass: "never", code: "lost_card" });
    expect(strictest(never, soft)).toEqual({ declineClass: "never", code: "lost_card" });
    expect(strictest(soft, { declineCode: null, adviceCode: null })).toEqual({
      declineClass: "soft",
      code: "insufficient_funds",
    });
  });

  it("an unknown or missing code is soft", () => {
    expect([classOfDecline("something_new", null), classOfDecline(null, null)]).toEqual(["soft", "soft"]);
  });
});
