/** Whether the paths of `expand` are valid, checked before the effect: a refused request must have none. */

import { invalidRequest } from "./errors.ts";
import type { ResourceName } from "./resources.ts";
import { sampleOf } from "./seeding.ts";
import { sometimesIn } from "./sometimes.ts";

/** The first step of a path, or that and a list below an object, and the type that its endpoints answer with. */
const ANSWERS: Record<string, ResourceName> = {
  application_fees: "application_fee",
  "application_fees/refunds": "fee_refund",
  charges: "charge",
  credit_notes: "credit_note",
  customers: "customer",
  disputes: "dispute",
  invoices: "invoice",
  mandates: "mandate",
  payment_intents: "payment_intent",
  payment_methods: "payment_method",
  refunds: "refund",
  reviews: "review",
  subscriptions: "subscription",
  transfers: "transfer",
  "transfers/reversals": "transfer_reversal",
};

const fieldsByName = new Map<ResourceName, ReadonlySet<string>>();

export function requireExpandable(requestPath: string, paths: readonly string[]): void {
  const [, , first = "", , below = ""] = requestPath.split("/");
  const name = ANSWERS[`${first}/${below}`] ?? ANSWERS[first];
  if (name === undefined) return;
  for (const path of paths) {
    if (fieldsOf(name).has(path.split(".")[0] ?? "")) continue;
    throw invalidRequest(`This property cannot be expanded (${path}).`, { param: "expand" });
  }
}

function fieldsOf(name: ResourceName): ReadonlySet<string> {
  const known = fieldsByName.get(name);
  if (known !== undefined) return known;
  const fields = new Set([...Object.keys(sampleOf(name)), ...sometimesIn(name)]);
  fieldsByName.set(name, fields);
  return fields;
}
