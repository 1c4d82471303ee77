import type { Decline, DeclineClass } from "../contracts/provider.ts";

/** The stricter first: whichever of two declines forbids more is the one that counts. */
const SEVERITY: readonly DeclineClass[] = ["never", "needs_customer", "soft"];

/**
 * Of what the provider says now and what the event said, the stricter: an old no may have been replaced, a person can
 * tell. What a code means for another try, the provider's adapter says.
 */
export function strictest(
  now: Decline | null,
  then: Decline | null,
): { declineClass: DeclineClass; code: string | null } {
  const declineClass = SEVERITY.find((one) => now?.class === one || then?.class === one) ?? "soft";
  const said = [now, then].find((decline) => decline?.class === declineClass) ?? now;
  return { declineClass, code: said?.code ?? said?.advice ?? now?.code ?? then?.code ?? null };
}
