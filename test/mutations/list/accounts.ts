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
    name: "seen-ids-not-held",
    breaks: "A hold misses an action by the ids that only the provider shows.",
    file: "shared/gate/holds.ts",
    find: "...(request.also ?? []), ",
    replace: "",
    tests: ["test/unit/execution/holds.test.ts"],
  },
  {
    name: "old-answer-covers-seen-ids",
    breaks: "The gate is not asked about the ids that were just read.",
    file: "shared/execution/admission.ts",
    find: "also.length === 0 && known !== undefined",
    replace: "known !== undefined",
    tests: ["test/unit/execution/holds.test.ts"],
  },
  {
    name: "said-invoice-paid",
    breaks: "A retry that was judged as one payment pays the invoice that its sender named.",
    file: "shared/decision/case.ts",
    find: 'kind !== "retryPayment" && isOfEvent(seen, event)',
    replace: "isOfEvent(seen, event)",
    tests: ACCOUNTS_TEST,
  },
  {
    name: "two-things-named",
    breaks: "An outside decision that names two things is carried out on the first of them.",
    file: "shared/decision/resolve.ts",
    find: '(proposal.by === "outside" && isExecutable(kindOf(proposal)))',
    replace: "false",
    tests: ACCOUNTS_TEST,
  },
];
