import { isExportedEvent } from "../../contracts/exported-event.ts";
import { parseJson } from "../../core/json.ts";
import { executorOf, type Registration } from "../port.ts";
import { METHODS, openStripe } from "./adapter.ts";
import { declineOf } from "./declines.ts";
import { tellsOfStripe } from "./facts.ts";
import { normaliseStripeEvent } from "./normalise.ts";
import { createStripeReader } from "./reader.ts";
import { disputeStatusOf, isAwaited } from "./refunding.ts";
import { readSignatureHeader } from "./signature-header.ts";
import { createStripeVerifier } from "./verify.ts";

const REST = "[A-Za-z0-9_]{3,}";

export const stripe: Registration = {
  name: "stripe",
  ids: [
    { kind: "payment", start: "pi_", rest: REST },
    { kind: "charge", start: "ch_", rest: REST },
    { kind: "charge", start: "py_", rest: REST },
    { kind: "invoice", start: "in_", rest: REST },
    { kind: "subscription", start: "sub_", rest: REST },
  ],
  owners: [
    { kind: "account", start: "acct_" },
    { kind: "customer", start: "cus_" },
  ],
  tellsOf: tellsOfStripe,
  declineOf,
  disputeIn: ({ disputeStatus = "" }) => {
    const status = disputeStatusOf(disputeStatus);
    const isInquiry = status === "inquiry" || status === "inquiry_closed";
    const what = isInquiry ? "an inquiry" : "a dispute";
    return { what, status, isAwaited: isAwaited(disputeStatus), stage: null };
  },
  unsigned: [],
  desk: "Stripe's dashboard",
  pageOf: (of, id, mode) =>
    `https://dashboard.stripe.com/${mode === "test" ? "test/" : ""}${of}s/${encodeURIComponent(id)}`,
  webhook: {
    secret: "STRIPE_WEBHOOK_SECRET",
    answer: { kind: "receipt" },
    writtenBy: "provider",
    refusedBy(header) {
      const given = header("stripe-signature");
      if (given === null) return "the Stripe-Signature header is missing";
      const read = readSignatureHeader(given);
      return read.ok ? null : read.error;
    },
    open(secretList) {
      const verify = createStripeVerifier(secretList);
      return async ({ body, header, nowMs }) => {
        const verdict = await verify({ body, signature: header("stripe-signature"), nowMs });
        if (!verdict.ok) return { kind: "refused", reason: verdict.error };
        const parsed = parseJson(body);
        if (!parsed.ok) return { kind: "not_json", error: `is not valid JSON: ${parsed.error}` };
        const event = normaliseStripeEvent(parsed.value, "live");
        if (!event.ok) return { kind: "unusable", detail: `Correct the event and send it again. ${event.error}` };
        return { kind: "events", items: [{ event: event.value, raw: body }] };
      };
    },
  },
  exported: {
    isOne: isExportedEvent,
    normalise: normaliseStripeEvent,
  },
  reader: { bindings: { apiKey: "STRIPE_READ_KEY", baseUrl: "STRIPE_API_BASE" }, connect: createStripeReader },
  executor: executorOf({ apiKey: "STRIPE_SECRET_KEY", baseUrl: "STRIPE_API_BASE" }, openStripe, METHODS),
};
