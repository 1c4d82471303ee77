import type { Guardrails } from "./document.ts";

type Prices = Pick<Guardrails, "subscription">;

/** The price that policy names below this one; null where it names none. */
export function lowerPriceOf(price: string, { subscription }: Prices): string | null {
  const { lowerPriceByPrice } = subscription;
  return Object.hasOwn(lowerPriceByPrice, price) ? (lowerPriceByPrice[price] ?? null) : null;
}

/** Whether policy names this price as the lower one of some other. */
export const isLowerPrice = (price: string, { subscription }: Prices): boolean =>
  Object.values(subscription.lowerPriceByPrice).includes(price);
