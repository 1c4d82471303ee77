import type { Listed } from "../mutation.ts";

export const text: readonly Listed[] = [
  {
    name: "text-not-escaped",
    breaks: "A text may close the tag in which it is shown to Claude.",
    file: "shared/agents/projection.ts",
    find: "/[<>&",
    replace: "/[",
    tests: ["test/unit/agents/projection.test.ts"],
  },
  {
    name: "all-fields-told",
    breaks: "Every field of an event reaches Claude, not the listed ones.",
    file: "shared/agents/projection.ts",
    find: "    fact,\n    amount_minor:",
    replace: "    ...event,\n    fact,\n    amount_minor:",
    tests: ["test/unit/agents/projection.test.ts"],
  },
  {
    name: "cards-not-masked",
    breaks: "Card numbers in a text reach Claude.",
    file: "shared/agents/mask.ts",
    find: '(isCardNumber(found) ? "[card]" : found)',
    replace: "found",
    tests: ["test/unit/agents/mask.test.ts"],
  },
  {
    name: "unnamed-amount-executed",
    breaks: "An amount that stands neither in the text nor in the event is refunded.",
    file: "shared/policy/guardrails.ts",
    find: 'if (isNamed(amountMinor ?? left, knownAmounts, payment)) return allow("the amount that was named");',
    replace: 'if (left >= 0) return allow("the amount that was named");',
    tests: ["test/unit/policy/guardrails.test.ts"],
  },
  {
    name: "unclear-amount-executed",
    breaks: "A text with an amount that code cannot read exactly is refunded all the same.",
    file: "shared/policy/guardrails.ts",
    find: "if (doubtful !== undefined) return escalate(",
    replace: "if (doubtful === null) return escalate(",
    tests: ["test/unit/policy/guardrails.test.ts"],
  },
  {
    name: "model-writes-reference",
    breaks: "A reference that nobody extracted is taken for the first one.",
    file: "workers/classifier/decide-event.ts",
    find: "references.find(({ ref }) => ref === answer.target)",
    replace:
      '(references.find(({ ref }) => ref === answer.target) ?? (answer.target === "none" ? null : references[0]))',
    tests: ["test/unit/classifier/decide.test.ts"],
  },
  {
    name: "answer-unchecked",
    breaks: "An answer that does not fit its schema is taken as it is.",
    file: "shared/agents/run.ts",
    find: "if (!parsed.success)\n",
    replace: "if (!parsed.success && json.value === null)\n",
    tests: ["test/unit/agents/run.test.ts"],
  },
  {
    name: "anything-follows",
    breaks: "An agent may propose a refund for a failed renewal: what nobody asked for follows from any fact.",
    file: "shared/policy/routing.ts",
    find: "MAY_FOLLOW[fact].includes(action)",
    replace: "MAY_FOLLOW[fact] !== undefined",
    tests: ["test/unit/classifier/facts.test.ts"],
  },
];
