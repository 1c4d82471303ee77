import type { Listed } from "../mutation.ts";

const DOCUMENT: Listed["tests"] = ["test/unit/policy/document.test.ts"];
const FOLLOWS: Listed["tests"] = ["test/unit/policy/follows.test.ts"];
const CHANGED: Listed["tests"] = ["test/unit/decision/policy.test.ts"];

/** Policy as a document: what is refused, what a version is, and what is asked again. */
export const document: readonly Listed[] = [
  {
    name: "policy-with-anything",
    breaks: "A misspelt field of the policy document is passed over, and the number that was meant stays.",
    file: "shared/contracts/policy-guardrails.ts",
    find: "  refund: v.strictObject({",
    replace: "  refund: v.object({",
    tests: DOCUMENT,
  },
  {
    name: "negative-limit",
    breaks: "A limit may be negative.",
    file: "shared/contracts/policy-fields.ts",
    find: "    v.minValue(least, tooLittle),\n",
    replace: "",
    tests: DOCUMENT,
  },
  {
    name: "number-without-end",
    breaks: "A draft with 1e400 is kept as null, and nothing can be drafted or published any more.",
    file: "shared/contracts/policy-guardrails.ts",
    find: "notEndless, v.minValue(0.000001",
    replace: "v.minValue(0.000001",
    tests: DOCUMENT,
  },
  {
    name: "time-without-end",
    breaks: "A time of policy may be so long that no date is that far away.",
    file: "shared/contracts/policy-fields.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source of the code
    find: "whole(`${says}; in milliseconds`, source), longest);",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source of the code
    replace: "whole(`${says}; in milliseconds`, source));",
    tests: DOCUMENT,
  },
  {
    name: "bound-of-its-own-forgotten",
    breaks: "A document may go beyond the bounds that it sets itself.",
    file: "shared/contracts/policy-checks.ts",
    find: "return found > limit",
    replace: "return found > limit && limit < 0",
    tests: DOCUMENT,
  },
  {
    name: "version-by-order",
    breaks: "The same policy with its fields in another order is another version, and makes every grant stale.",
    file: "shared/policy/document.ts",
    find: "sha256Hex(canonicalJson(value))",
    replace: "sha256Hex(JSON.stringify(value))",
    tests: DOCUMENT,
  },
  {
    name: "one-hash-for-all",
    breaks: "A change of an envelope makes every grant stale.",
    file: "shared/policy/document.ts",
    find: "await versionOf(own[name])",
    replace: "await versionOf([name, own])",
    tests: [...DOCUMENT, ...CHANGED],
  },
  {
    name: "grant-names-all-of-policy",
    breaks: "A grant names the version of the whole document, so that it is never good.",
    file: "shared/decision/commit.ts",
    find: "policyVersion: sections.guardrails",
    replace: "policyVersion: policy.version",
    tests: CHANGED,
  },
  {
    name: "renewed-without-fact",
    breaks: "What was granted is sent although policy lets it follow from its fact no more.",
    file: "shared/policy/again.ts",
    find: "return mayFollow(fact, proposed, policy)",
    replace: "return fact.length > 0 || mayFollow(fact, proposed, policy)",
    tests: [...FOLLOWS, ...CHANGED],
  },
  {
    name: "follows-from-what-people-decide",
    breaks: "Policy gives a fact to people, and what was granted for it goes on.",
    file: "shared/policy/facts.ts",
    find: 'isDecided(fact, facts) && deciderOf(fact, policy) !== "person"',
    replace: "isDecided(fact, facts)",
    tests: FOLLOWS,
  },
  {
    name: "unsaid-numbers-permit",
    breaks: "Beside an earlier version's action no other one is a duplicate, because it names no window.",
    file: "shared/policy/duplicates.ts",
    find: "const EVER = Number.POSITIVE_INFINITY;",
    replace: "const EVER = 0;",
    tests: ["test/unit/ledger/duplicates.test.ts"],
  },
  {
    name: "shard-without-its-copy",
    breaks: "A shard keeps to what becomes of a failure by default, whatever its copy of policy says.",
    file: "shared/ledger/action/fail.ts",
    find: "    settings.handling.dispositions,\n",
    replace: '    { ...settings.handling.dispositions, provider_refused: { retries: 0, otherwise: "case" } },\n',
    tests: ["test/unit/ledger/failures.test.ts"],
  },
];
