import type { Decline, DeclineClass } from "../contracts/provider.ts";

/** The strictest first. */
const SEVERITY: readonly DeclineClass[] = ["never", "needs_customer", "soft"];

/**
 * The stricter of the provider's current decline and the event's. If the current one is milder, a person must judge
 * whether the older one still applies. The provider's adapter classifies the codes.
 */
export function strictest(
  now: Decline | null,
  then: Decline | null,
): { declineClass: DeclineClass; code: string | null } {
  const declineClass = SEVERITY.find((one) => now?.class === one || then?.class === one) ?? "soft";
  const said = [now, then].find((decline) => decline?.class === declineClass) ?? now;
  return { declineClass, code: said?.code ?? said?.advice ?? now?.code ?? then?.code ?? null };
}
