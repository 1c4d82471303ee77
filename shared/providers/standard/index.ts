import type { PaymentEvent } from "../../contracts/event.ts";
import type { Tells } from "../../contracts/facts.ts";
import { takeOwnEvent } from "../../contracts/own-event.ts";
import { readJsonText } from "../../core/json-text.ts";
import type { Webhook } from "../port.ts";
import { createStandardVerifier, whyUnsigned } from "./verify.ts";

/** What an event of our own types means; null for any other type, which is a provider's. */
export function tellsOfOwn({ type }: Pick<PaymentEvent, "type">): Tells | null {
  if (type === "countersign.request") return { fact: "request" };
  if (type === "countersign.conflict") return { fact: "conflict" };
  return type === "countersign.decision" ? { fact: "outside_decision" } : null;
}

/** Events in our own shape, signed as Standard Webhooks. `withTells` adds what they mean. */
export const ownEvents = (withTells: (event: PaymentEvent) => PaymentEvent): Webhook => ({
  secret: "STANDARD_WEBHOOK_SECRET",
  answer: { kind: "receipt" },
  writtenBy: "people",
  refusedBy: whyUnsigned,
  open(secretList) {
    const verify = createStandardVerifier(secretList);
    return async ({ body, header, nowMs }) => {
      const verdict = await verify({ body, header, nowMs });
      if (!verdict.ok) return { kind: "refused", reason: verdict.error };
      const parsed = readJsonText(body);
      if (!parsed.ok) return { kind: "not_json", error: parsed.error };
      const event = takeOwnEvent(parsed.value, "standard");
      if (!event.ok) return { kind: "unusable", detail: `Correct the event and send it again. ${event.error}` };
      return { kind: "events", items: [{ event: withTells(event.value), raw: body }] };
    };
  },
});
