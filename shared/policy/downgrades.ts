import { POLICY } from "./policy.ts";

/** The price that policy names below this one; null where it names none. */
export function lowerPriceOf(price: string): string | null {
  const { lowerPriceByPrice } = POLICY.subscription;
  return Object.hasOwn(lowerPriceByPrice, price) ? (lowerPriceByPrice[price] ?? null) : null;
}

/** Whether policy names this price as the lower one of some other. */
export const isLowerPrice = (price: string): boolean =>
  Object.values(POLICY.subscription.lowerPriceByPrice).includes(price);
