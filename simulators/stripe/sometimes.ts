/** Fields that an object has only sometimes, or only when they are expanded. To expand one that is not there is no error. */

import type { ResourceName } from "./resources.ts";

const SOMETIMES: Partial<Record<ResourceName, readonly string[]>> = {
  charge: ["refunds", "transfer"],
  customer: ["sources", "subscriptions", "tax_ids"],
  invoice: ["confirmation_secret", "payments"],
  refund: ["failure_balance_transaction"],
  review: ["payment_intent"],
  transfer: ["destination_payment"],
};

export function sometimesIn(name: unknown): readonly string[] {
  return SOMETIMES[name as ResourceName] ?? [];
}
