import {
  chargeOf,
  intentOf,
  invoiceOf,
  invoiceWithPayments,
  methodOf,
  type PaymentState,
  prebuilt,
  refundOf,
  type Story,
  storyOf,
  subscriptionOf,
  TAIL,
  tailOf,
} from "./objects.ts";

/** One answer of the fixed server. Calls are counted by `route`. `moves`: the call moves money, so a run waits for it. */
export type FixedAnswer = { route: string; moves: boolean; body: string };

const STATE: Record<Story, PaymentState> = {
  plain: "paid",
  renewal: "owed",
  failed: "owed",
  held: "held",
  refund: "paid",
};

const intents = {
  owed: prebuilt(intentOf("owed", chargeOf("owed"))),
  held: prebuilt(intentOf("held", chargeOf("held"))),
  paid: prebuilt(intentOf("paid", chargeOf("paid"))),
};
const openInvoice = prebuilt(invoiceWithPayments("open"));
const paidInvoice = prebuilt(invoiceOf("paid"));
const refund = prebuilt(refundOf());
const subscription = prebuilt(subscriptionOf("past_due"));
const method = prebuilt(methodOf());
/** The customer of a failed payment has no other one. */
const ownPayments = prebuilt(listOf(intentOf("owed", `ch_${TAIL}`)));
const emptyList = JSON.stringify(listOf());

function listOf(...data: object[]) {
  return { object: "list", data, has_more: false, url: "/v1" };
}

/**
 * The fixed answer to a call: Stripe's from the id in the path, Claude's from the fact in the request. Null for a call that
 * the mixture never needs, so that a change of our calls is noticed.
 */
export function answerOf(method: string, url: string, body: string): FixedAnswer | null {
  const query = url.indexOf("?");
  const path = query < 0 ? url : url.slice(0, query);
  if (method === "POST" && path === "/v1/messages") return { route: "claude", moves: false, body: messageFor(body) };
  const customer = /[?&]customer=cus_([A-Za-z0-9]+)/.exec(url)?.[1] ?? "";
  const [, , resource = "", id = "", verb = ""] = path.split("/");
  const route = `${method} ${resource}${id === "" ? "" : "/:id"}${verb === "" ? "" : `/${verb}`}`;
  const answer = stripeAnswer(route, id, customer, body);
  return answer === null ? null : { route, moves: method === "POST", body: answer };
}

function stripeAnswer(route: string, id: string, customer: string, body: string): string | null {
  const story = storyOf(id) ?? "plain";
  switch (route) {
    case "GET payment_intents/:id":
      return intents[STATE[story]](tailOf(id));
    case "GET payment_intents":
      return ownPayments(customer);
    case "GET payment_methods/:id":
      return method(tailOf(id));
    case "GET subscriptions/:id":
      return subscription(tailOf(id));
    case "POST payment_intents/:id/capture":
    case "POST payment_intents/:id/confirm":
      return intents.paid(tailOf(id));
    case "GET invoices/:id":
      return openInvoice(tailOf(id));
    case "POST invoices/:id/pay":
      return paidInvoice(tailOf(id));
    case "GET invoice_payments":
    case "GET refunds":
      return emptyList;
    case "POST refunds":
      return refund(tailOf(/payment_intent=([A-Za-z0-9_]+)/.exec(body)?.[1] ?? "pi_unknown"));
    default:
      return null;
  }
}

type Answer = { action: string; variant: string; target: string; extent: string; amount: string };

const whole = { variant: "none", extent: "whole", amount: "none" };

/** The request of the mixture names one amount, so that it is a1. */
const proposals: Record<string, Answer> = {
  failed_renewal: { ...whole, action: "retry", target: "r1" },
  failed_payment: { ...whole, action: "retry", target: "r1" },
  held_authorization: { ...whole, action: "authorize", variant: "capture", target: "r1" },
  request: { ...whole, action: "refund", target: "r1", extent: "part", amount: "a1" },
};

const messages = new Map(Object.entries(proposals).map(([fact, answer]) => [fact, messageOf(answer)]));

/** The event is JSON inside a JSON string, so its quotes are escaped. Those of the prompt are not. */
const FACT = /\\"fact\\":\\"(\w+)\\"/;

function messageFor(body: string): string {
  return messages.get(FACT.exec(body)?.[1] ?? "") ?? messageOf({ ...whole, action: "escalate", target: "none" });
}

function messageOf(answer: Answer): string {
  const text = JSON.stringify({ reason: "The event says plainly what is asked for.", ...answer, confidence: "high" });
  return JSON.stringify({
    id: "msg_fixed",
    type: "message",
    role: "assistant",
    model: "claude-haiku-5-5",
    content: [{ type: "text", text, citations: null }],
    container: null,
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: {
      input_tokens: 180,
      output_tokens: 60,
      cache_read_input_tokens: 1_400,
      cache_creation_input_tokens: 0,
      service_tier: "standard",
    },
  });
}
