import type { Listed } from "../mutation.ts";

export const order: readonly Listed[] = [
  {
    name: "duplicate-overwrites",
    breaks: "The same id with other content overwrites what was stored.",
    file: "shared/ledger/shard/store.ts",
    find: '"INSERT OR IGNORE INTO conflict (id, at, body, raw) VALUES (?, ?, ?, ?)"',
    replace: '"UPDATE event SET body = ?3, raw = ?4 WHERE id = ?1 AND ?2 > 0"',
    tests: ["test/unit/ledger/events.test.ts"],
  },
  {
    name: "conflict-merged",
    breaks: "The same id with other content passes for a redelivery.",
    file: "shared/ledger/event/calls.ts",
    find: "if (events.sameEvent(body, event)) return",
    replace: "if (body.length > 0) return",
    tests: ["test/unit/ledger/events.test.ts"],
  },
  {
    name: "lane-conflicts",
    breaks: "What a webhook brought and a file brings again is a conflict.",
    file: "shared/ledger/event/row.ts",
    find: "{ ...stored, lane: event.lane }",
    replace: "{ ...stored }",
    tests: ["test/unit/ledger/events.test.ts"],
  },
  {
    name: "second-closing-counts",
    breaks: "A decision that arrives late changes an event that is decided.",
    file: "shared/ledger/event/row.ts",
    find: 'row.state !== "decided";',
    replace: 'row.id !== "";',
    tests: ["test/unit/ledger/events.test.ts"],
  },
  {
    name: "stale-failure-acted-on",
    breaks: "A failure that is told after the payment was made is acted on.",
    file: "shared/policy/guardrails/guard.ts",
    find: 'return leave("paid in the meantime");',
    replace: 'return allow("paid in the meantime");',
    tests: ["test/unit/policy/guardrails.test.ts"],
  },
  {
    name: "stale-hold-acted-on",
    breaks: "An authorisation that is told late, when nothing is held any more, is captured.",
    file: "shared/policy/guardrails/guard.ts",
    find: 'if (payment.status !== "requires_capture")',
    replace: 'if (payment.status === "other")',
    tests: ["test/unit/policy/guardrails.test.ts"],
  },
  {
    name: "invoice-inferred",
    breaks:
      "Whether an invoice belongs to a failed payment is taken from the event, not asked, so the renewal is a second fact.",
    file: "shared/decision/decide.ts",
    find: "event.invoice === undefined ? await reader.invoiceOfPayment(event.payment)",
    replace: "event.invoice === undefined ? ok(null)",
    tests: ["test/unit/decision/decide.test.ts"],
  },
  {
    name: "collecting-is-failed",
    breaks: "A payment that the provider is still collecting is tried again.",
    file: "shared/execution/executors/retry-payment.ts",
    find: 'if (snapshot.status === "processing") {',
    replace: 'if (snapshot.status === "other") {',
    tests: ["test/unit/execution/retry-payment.test.ts"],
  },
];
