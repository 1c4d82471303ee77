import { stripeProvider } from "../../helpers/stripe.ts";

/** Bundled by the test beside it and run in workerd: one refund and one reading, with the deadline that is asked for. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const provider = stripeProvider({ apiKey: "sk_test_standin", baseUrl: searchParams.get("base") ?? "" });
    const payment = searchParams.get("payment") ?? "";
    const signal = AbortSignal.timeout(Number(searchParams.get("deadlineMs")));
    const effect = await provider.refund(
      { payment, amountMinor: 100, currency: "usd" },
      { key: "k", actionId: "a", signal },
    );
    const refunds = await provider.refundsOf(payment, signal);
    return Response.json({ effect, refunds });
  },
};
