import type { Listed } from "../mutation.ts";

/** What makes one action of one fact, whoever reports it how often. */
export const facts: readonly Listed[] = [
  {
    name: "event-in-action-id",
    breaks: "The action's id is made of the event, so that two events of one fact are two actions.",
    file: "shared/decision/guard.ts",
    find: "mode: event.mode, factKey, step: 1 })",
    replace: "mode: event.mode, factKey: event.id, step: 1 })",
    tests: ["test/unit/decision/facts.test.ts"],
  },
  {
    name: "source-in-fact-key",
    breaks: "A fact that two sources report is two facts.",
    file: "shared/policy/routing.ts",
    find: "const factKey = factKeyOf(fact, event);",
    replace: 'const factKey = event.id.split(":")[0] + "/" + factKeyOf(fact, event);',
    tests: ["test/unit/policy/routing.test.ts"],
  },
  {
    name: "siblings-trigger",
    breaks: "A failed charge triggers beside its payment intent.",
    file: "shared/policy/routing.ts",
    find: '  "payment_intent.payment_failed": { fact',
    replace:
      '  "charge.failed": { fact: "failed_payment", decides: "agent" },\n  "payment_intent.payment_failed": { fact',
    tests: ["test/unit/policy/routing.test.ts"],
  },
  {
    name: "echoes-trigger",
    breaks: "The events that our own calls cause trigger actions.",
    file: "shared/policy/routing.ts",
    find: "if (event.actionId !== undefined && !(trigger",
    replace: "if (event.actionId === null && !(trigger",
    tests: ["test/unit/policy/routing.test.ts"],
  },
  {
    name: "last-writer-holds",
    breaks: "The second decision of a fact is answered as the one that holds.",
    file: "shared/ledger/event/calls.ts",
    find: "return same ? null : recorded;",
    replace: "return null;",
    tests: ["test/unit/ledger/events.test.ts"],
  },
  {
    name: "duplicates-executed",
    breaks: "A second refund of the same payment and amount within a day, for another fact, is executed.",
    file: "shared/ledger/action/duplicate.ts",
    find: "(causedAt ?? now) - row.createdAt < DAY_MS",
    replace: "(causedAt ?? now) - row.createdAt < 0",
    tests: ["test/unit/ledger/duplicates.test.ts"],
  },
  {
    name: "open-duplicate-forgotten",
    breaks:
      "A day after a refund was put on hold or became a dead letter, a second one of the same amount is executed beside it.",
    file: "shared/ledger/action/duplicate.ts",
    find: "(isOpen(row) || ",
    replace: "(",
    tests: ["test/unit/ledger/duplicates.test.ts"],
  },
  {
    name: "cause-as-old-as-its-row",
    breaks: "An event that was a dead letter for days is no second cause of what was asked for on the same day.",
    file: "shared/ledger/action/duplicate.ts",
    find: "(causedAt ?? now)",
    replace: "now",
    tests: ["test/unit/ledger/duplicates.test.ts"],
  },
  {
    name: "same-request-is-new",
    breaks: "The same request sent again is another event.",
    file: "workers/ingest/idempotency.ts",
    find: "hash.slice(0, 32)",
    replace: "hash.slice(0, 8) + crypto.randomUUID()",
    tests: ["test/unit/ingest/requests.test.ts"],
  },
  {
    name: "redelivery-pays-claude",
    breaks: "Every delivery of an event claims it, so that a redelivery pays Claude again.",
    file: "shared/ledger/event/calls.ts",
    find: "(claimedUntilById.get(id) ?? 0) > now",
    replace: "(claimedUntilById.get(id) ?? 0) < 0",
    tests: ["test/unit/ledger/events.test.ts"],
  },
];
