/** The secrets that only the owner of an account has, in a form that Workers take. No provider has made them. */
export const OF_THE_TEST = {
  ANTHROPIC_API_KEY: `of-the-test-${"a".repeat(32)}`,
  STRIPE_SECRET_KEY: `sk_test_${"a".repeat(24)}`,
  STRIPE_READ_KEY: `rk_test_${"a".repeat(24)}`,
  STRIPE_WEBHOOK_SECRET: `whsec_${"a".repeat(32)}`,
};
