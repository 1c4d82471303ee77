import { describe, expect, it } from "vitest";
import type { DeclineClass } from "../../shared/contracts/provider.ts";
import { declineOf } from "../../shared/providers/stripe/declines.ts";
import { missingFromCorpus, readCorpus } from "../helpers/corpus.ts";

const FILE = "declines/stripe-decline-codes.json";
const missing = missingFromCorpus(FILE);
type Row = { decline_code: string; proposed_class: string };
const rows: Row[] = missing ? [] : (JSON.parse(readCorpus(FILE)) as Row[]);

const EXPECTED: Record<string, DeclineClass> = {
  retry_later: "soft",
  // "Contact the issuer" is not a rule against another try: such declines often pass days later, and the schedule is capped.
  contact_issuer_maybe: "soft",
  never_auto_retry: "never",
  needs_customer_or_new_data: "needs_customer",
};

/** Where ours is deliberately different, and why. */
const DIFFERS: Record<string, { ours: DeclineClass; why: string }> = {
  duplicate_transaction: {
    ours: "never",
    why: "Stripe: check whether a recent payment exists. Another try could pay twice.",
  },
  service_not_allowed: {
    ours: "needs_customer",
    why: "A service that the card does not have does not come with time.",
  },
  testmode_decline: { ours: "needs_customer", why: "Stripe: a genuine card must be used." },
};

describe.skipIf(missing)("the corpus' decline codes", () => {
  it.each(rows)(
    "$decline_code, proposed as $proposed_class, is classed as expected",
    ({ decline_code, proposed_class }) => {
      const expected = DIFFERS[decline_code]?.ours ?? EXPECTED[proposed_class];
      expect(expected, `the corpus has a class that this test does not know: ${proposed_class}`).toBeDefined();
      expect(declineOf(decline_code, null).class).toBe(expected);
    },
  );

  it("differ only where the corpus has the code", () => {
    const codes = rows.map(({ decline_code }) => decline_code);
    expect(Object.keys(DIFFERS).filter((code) => !codes.includes(code))).toEqual([]);
  });

  it("are all there: this test would pass over an empty file otherwise", () => {
    expect(rows.length).toBeGreaterThanOrEqual(40);
  });
});
