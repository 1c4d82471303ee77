import type { PaymentEvent } from "../../contracts/event.ts";
import type { FactKind, Tells } from "../../contracts/facts.ts";

/** The event types that require an action: https://docs.adyen.com/development-resources/webhooks/webhook-types */
const FACTS: Readonly<Record<string, FactKind>> = {
  "adyen.CHARGEBACK": "dispute",
  "adyen.NOTIFICATION_OF_CHARGEBACK": "dispute",
  "adyen.NOTIFICATION_OF_FRAUD": "early_fraud_warning",
};

export function tellsOfAdyen({ type }: Pick<PaymentEvent, "type">): Tells {
  const fact = Object.hasOwn(FACTS, type) ? FACTS[type] : undefined;
  return fact === undefined ? {} : { fact };
}
