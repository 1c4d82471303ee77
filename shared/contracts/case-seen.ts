/**
 * What was seen at the provider when something became a case: facts by name, in our words; a payment's and a subscription's
 * differ. It contains ids and states, and no text that somebody wrote. seen.ts makes it, compares it and says it.
 */
export type CaseSeen = { of: "payment" | "subscription"; facts: { readonly [name: string]: SeenValue } };
/** Null: there is none, or it was not read; of a list, that it was not read. */
export type SeenValue = string | number | boolean | null | readonly string[];
