import { describe, expect, it } from "vitest";
import { commonValues } from "../../../shared/core/secrets-apart.ts";

const [ONE, TWO, THREE] = ["a", "b", "c"].map((letter) => letter.repeat(32));
const READS = `rk_test_${"a".repeat(24)}`;

describe("secrets of different rights", () => {
  it("must differ: the keys of the doors, and those of Stripe", () => {
    expect(commonValues({ INGEST_KEY: ONE, CONSOLE_TOKEN: ONE, READ_KEY: TWO })).toEqual([
      "INGEST_KEY and CONSOLE_TOKEN have a value in common: each needs one of its own",
    ]);
    expect(commonValues({ STRIPE_SECRET_KEY: READS, STRIPE_READ_KEY: ` ${READS}` })).toHaveLength(1);
  });

  it("must differ in their older values too, and in those of each caller", () => {
    expect(commonValues({ INGEST_KEY: `${ONE}\n${TWO}`, READ_KEY: `["${THREE}", "${TWO}"]` })).toHaveLength(1);
    expect(commonValues({ INGEST_KEY: `{"shop":["${ONE}"],"desk":"${TWO}"}`, CONTENT_HASH_KEY: TWO })).toHaveLength(1);
  });

  it("say nothing where each has its own, or is not set", () => {
    const own = { INGEST_KEY: ONE, READ_KEY: TWO, CONSOLE_TOKEN: THREE };
    expect(commonValues({ ...own, STRIPE_SECRET_KEY: `sk_test_${"a".repeat(24)}`, STRIPE_READ_KEY: READS })).toEqual(
      [],
    );
    expect(commonValues({ INGEST_KEY: "", READ_KEY: "" })).toEqual([]);
  });
});
