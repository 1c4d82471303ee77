import type { Listed } from "../mutation.ts";

const ENVELOPES = "shared/gate/envelopes.ts";
const THEIR_TESTS: Listed["tests"] = ["test/unit/gate/gate.test.ts"];

export const envelopes: readonly Listed[] = [
  {
    name: "envelope-unchecked",
    breaks: "An envelope that is used up stops nothing.",
    file: ENVELOPES,
    find: "if (others + cents > limitCentsOf(scope)) return",
    replace: "if (others + cents < 0) return",
    tests: THEIR_TESTS,
  },
  {
    name: "worthless-uses-no-envelope",
    breaks: "A refund in a currency without a worth uses no envelope up.",
    file: ENVELOPES,
    find: "if (cents === null) return withoutWorth(",
    replace: "if (cents === null) return null && withoutWorth(",
    tests: THEIR_TESTS,
  },
  {
    name: "customer-without-envelope",
    breaks: "What one customer may get back in an hour has no bound of its own.",
    file: ENVELOPES,
    find: "scopes.push(`customer:",
    replace: "void (`customer:",
    tests: THEIR_TESTS,
  },
  {
    name: "hour-forgets",
    breaks: "What was executed a moment ago no longer counts.",
    file: ENVELOPES,
    find: "if (now - at < HOUR_MS) break;",
    replace: "if (now - at < 1) break;",
    tests: THEIR_TESTS,
  },
  {
    name: "restart-empties-envelopes",
    breaks: "A gate that starts again has forgotten what is at risk.",
    file: ENVELOPES,
    find: "FROM reservation ORDER BY at",
    replace: "FROM reservation WHERE at < 0 ORDER BY at",
    tests: THEIR_TESTS,
  },
  {
    name: "asking-counts-again",
    breaks: "An action that asks again, as every redelivery does, uses its envelope up again.",
    file: ENVELOPES,
    find: "forget(actionId);\n",
    replace: "",
    tests: THEIR_TESTS,
  },
  {
    name: "full-envelope-sent",
    breaks: "The gate's word that an envelope is used up is not heard right before a call.",
    file: "shared/execution/attempt.ts",
    find: 'admitted.value.kind !== "admitted"',
    replace: 'admitted.value.kind === "held"',
    tests: ["test/unit/execution/holds.test.ts"],
  },
  {
    name: "envelopes-not-shown",
    breaks: "The totals do not show how full the envelopes are.",
    file: "shared/gate/gate.ts",
    find: "envelopes.uses(SHOWN_PER_PREFIX)",
    replace: "envelopes.uses(SHOWN_PER_PREFIX).slice(0, 0)",
    tests: ["test/unit/gate/envelopes.test.ts"],
  },
  {
    name: "silent-gate-admits",
    breaks: "A gate that does not answer a batch is taken to have admitted all of it.",
    file: "shared/execution/admission.ts",
    find: "if (!answered.ok) return answered;\n  const admissions = answered.value;",
    replace: 'const admissions = answered.ok ? answered.value : views.map(() => ({ kind: "admitted" }) as const);',
    tests: ["test/unit/execution/refund.test.ts"],
  },
];
