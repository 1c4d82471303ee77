import { stripeProvider } from "../../helpers/stripe.ts";

/** Bundled by the test beside it and run in workerd: one refund and one reading, with the deadline that is asked for. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const provider = stripeProvider({ apiKey: "sk_test_standin", baseUrl: searchParams.get("base") ?? "" });
    const payment = searchParams.get("payment") ?? "";
    const signal = AbortSignal.timeout(Number(searchParams.get("deadlineMs")));
    const at = { account: null, signal };
    const effect = await provider.refund(
      { payment, amountMinor: 100, currency: "usd", reverseTransfer: false, refundFee: false },
      { key: "k", actionId: "a", ...at },
    );
    const found = await provider.findToRefund({ kind: "payment", id: payment }, at);
    return Response.json({ effect, found });
  },
};
