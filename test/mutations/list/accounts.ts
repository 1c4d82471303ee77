import type { Listed } from "../mutation.ts";

const ACCOUNTS_TEST: Listed["tests"] = ["test/unit/decision/accounts.test.ts"];
const ADAPTER_TESTS: Listed["tests"] = ["test/unit/providers/stripe-accounts.test.ts"];

export const accounts: readonly Listed[] = [
  {
    name: "account-believed",
    breaks: "The account of an action is what its event says.",
    file: "shared/decision/case.ts",
    find: "snapshot === null ? address : snapshot.account",
    replace: '"acct_said"',
    tests: ACCOUNTS_TEST,
  },
  {
    name: "account-not-looked-up",
    breaks: "Claude is asked about an account that nobody has reached.",
    file: "shared/decision/gather.ts",
    find: "if (account === null) return ok(null);",
    replace: "if (account !== undefined) return ok(null);",
    tests: ACCOUNTS_TEST,
  },
  {
    name: "account-elsewhere",
    breaks: "An event of one account is decided by what another account has.",
    file: "shared/decision/lookups.ts",
    find: "({ account, signal:",
    replace: "({ account: null, signal:",
    tests: ACCOUNTS_TEST,
  },
  {
    name: "account-header-missing",
    breaks: "A call about a connected account goes to the platform's own.",
    file: "shared/providers/stripe/http.ts",
    find: 'account === null ? headers : { ...headers, "Stripe-Account": account }',
    replace: "headers",
    tests: ADAPTER_TESTS,
  },
  {
    name: "unreachable-account-retried",
    breaks: "An account that this key does not reach looks like an outage.",
    file: "shared/providers/stripe/errors.ts",
    find: 'code === "account_invalid" ? "account_unreachable" : ',
    replace: "",
    tests: ADAPTER_TESTS,
  },
  {
    name: "destination-not-held",
    breaks: "A hold of a connected account lets go what was transferred to it.",
    file: "shared/contracts/scopes.ts",
    find: "destination === undefined ? []",
    replace: "destination !== null ? []",
    tests: ["test/unit/gate/gate.test.ts"],
  },
  {
    name: "subscription-is-what-is-said",
    breaks: "The subscription of a refund is what its sender says, so that a hold of the real one misses it.",
    file: "shared/decision/case.ts",
    find: "seen?.invoiceState?.subscription ?? only?.subscription ??",
    replace: "seen?.invoiceState?.subscription ??",
    tests: ACCOUNTS_TEST,
  },
];
