import { executorOf, type Provider } from "../../shared/providers/port.ts";
import { METHODS, openStripe } from "../../shared/providers/stripe/adapter.ts";
import { modeOfKey, type StripeOptions } from "../../shared/providers/stripe/client.ts";

/** The Stripe adapter as executors get it, with a way out of the test's own where one is given. */
export function stripeProvider(options: StripeOptions): Provider {
  const { apiKey, baseUrl = "https://api.stripe.com", mode = modeOfKey(apiKey) } = options;
  const open = () => openStripe(options);
  return executorOf({ apiKey: "", baseUrl: "" }, open, METHODS).connect({ apiKey, baseUrl, mode });
}
