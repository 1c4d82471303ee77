import { describe, expect, it } from "vitest";
import { strictest } from "../../../shared/policy/declines.ts";
import { declineOf } from "../../../shared/providers/stripe/declines.ts";

describe("what a decline means for another try", () => {
  it.each(["lost_card", "stolen_card", "pickup_card", "fraudulent", "do_not_try_again"])("%s: never", (code) => {
    expect(declineOf(code, null).class).toBe("never");
    expect(declineOf(code, "try_again_later").class).toBe("never");
  });

  it("the advice not to try again wins over any code", () => {
    expect(declineOf("insufficient_funds", "do_not_try_again").class).toBe("never");
    expect(declineOf(null, "do_not_try_again").class).toBe("never");
  });

  it("data that must change first needs the customer", () => {
    expect(declineOf("expired_card", null).class).toBe("needs_customer");
    expect(declineOf("insufficient_funds", "confirm_card_data").class).toBe("needs_customer");
  });

  it("of two answers the stricter counts", () => {
    const soft = declineOf("insufficient_funds", null);
    const never = declineOf("lost_card", null);
    expect(strictest(soft, never)).toEqual({ declineClass: "never", code: "lost_card" });
    expect(strictest(never, soft)).toEqual({ declineClass: "never", code: "lost_card" });
    expect(strictest(soft, declineOf(null, null))).toEqual({
      declineClass: "soft",
      code: "insufficient_funds",
    });
  });

  it("an unknown or missing code is soft", () => {
    expect([declineOf("something_new", null).class, declineOf(null, null).class]).toEqual(["soft", "soft"]);
  });
});
