import { bareName, nearestOf } from "../core/nearest.ts";

/**
 * What other systems call a field of ours. The names of one line mean the same; which of them a schema has is asked of the
 * schema, so a line serves each. Case and what joins words do not count: `customer_id` is also `customerId`.
 */
const FAMILIES: readonly (readonly string[])[] = [
  [
    "amountMinor",
    "amount_cents",
    "amount",
    "amount_in_cents",
    "cents",
    "value",
    "total",
    "sum",
    "price",
    "gross",
    "unit_amount",
    "amount_due",
    "amount_paid",
    "amount_received",
  ],
  ["currency", "currency_code", "iso_currency", "ccy", "cur"],
  [
    "occurredAt",
    "occurred",
    "created",
    "created_at",
    "create_time",
    "timestamp",
    "ts",
    "time",
    "date",
    "datetime",
    "at",
    "event_time",
    "event_date",
    "created_utc",
  ],
  ["mode", "live", "livemode", "is_live", "test", "testmode", "is_test", "sandbox", "environment", "env"],
  ["id", "event_id", "evt_id", "uuid", "guid"],
  ["type", "event_type", "event", "event_name", "kind", "topic"],
  ["payment", "payment_intent", "payment_intent_id", "payment_id", "pi", "transaction", "transaction_id"],
  ["charge", "charge_id", "ch"],
  ["invoice", "invoice_id", "invoice_number", "inv"],
  ["customer", "customer_id", "cus", "client", "client_id", "user", "user_id"],
  ["subscription", "subscription_id", "sub", "sub_id"],
  ["dispute", "dispute_id", "chargeback"],
  ["refund", "refund_id"],
  ["account", "account_id", "merchant", "merchant_id", "stripe_account"],
  ["declineCode", "failure_code", "error_code"],
  ["riskLevel", "risk", "risk_score"],
  ["attempt", "attempt_count", "tries"],
  ["nextAttemptAt", "next_payment_attempt", "next_attempt", "retry_at"],
  ["evidenceDueBy", "due_by", "evidence_due"],
  ["text", "message", "description", "comment", "note", "prompt", "request", "content"],
  ["requester", "requested_by", "asked_by", "asker"],
  ["reason", "because", "why", "rationale", "explanation"],
  ["variant", "action_variant", "sub_action"],
  ["action", "verdict", "operation"],
  ["next_agent", "agent"],
  ["limit", "count", "page_size", "per_page", "max"],
  ["cursor", "after", "starting_after", "page", "offset", "next"],
  ["state", "status"],
  ["since", "from", "start"],
  ["until", "to", "before", "end"],
  ["scope", "target"],
];

const familyOf = new Map(FAMILIES.flatMap((family) => family.map((name) => [bareName(name), family] as const)));

/** The field that a sender meant by a name that the schema does not have; null where nothing is near. */
export function meantBy(name: string, fields: readonly string[]): string | null {
  const family = familyOf.get(bareName(name)) ?? [];
  return fields.find((field) => family.includes(field)) ?? nearestOf(name, fields);
}

/** Whether it stands in our own table, so that it is nobody's private word. */
export const isCommonName = (name: string): boolean => familyOf.has(bareName(name));
