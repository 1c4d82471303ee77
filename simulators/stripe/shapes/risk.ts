/** Complete disputes, early fraud warnings and reviews. */

import type Stripe from "stripe";

import { newId } from "../ids.ts";
import type { Birth, Given } from "./payments.ts";

export function dispute(birth: Birth, given: Given<Stripe.Dispute>): Stripe.Dispute {
  const status = given.status ?? "needs_response";
  return {
    id: newId("du"),
    object: "dispute",
    amount: 0,
    balance_transactions: [],
    charge: "",
    created: birth.nowSeconds,
    currency: "usd",
    enhanced_eligibility_types: [],
    evidence: NO_EVIDENCE,
    evidence_details: {
      due_by: birth.nowSeconds + 7 * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    intended_submission_method: null,
    is_charge_refundable: isRefundableIn(status),
    livemode: birth.livemode,
    metadata: {},
    network_reason_code: "10.4",
    payment_intent: null,
    payment_method_details: {
      card: {
        brand: "visa",
        case_type: status.startsWith("warning_") ? "inquiry" : "chargeback",
        network: "visa",
        network_reason_code: "10.4",
      },
      type: "card",
    },
    reason: "fraudulent",
    status,
    ...given,
  };
}

/** An inquiry (`warning_…`) may still be refunded; a chargeback may not: https://docs.stripe.com/disputes/how-disputes-work */
export function isRefundableIn(status: string): boolean {
  return status.startsWith("warning_");
}

const NO_EVIDENCE: Stripe.Dispute.Evidence = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};

export function earlyFraudWarning(
  birth: Birth,
  given: Given<Stripe.Radar.EarlyFraudWarning>,
): Stripe.Radar.EarlyFraudWarning {
  return {
    id: newId("issfr"),
    object: "radar.early_fraud_warning",
    actionable: true,
    charge: "",
    created: birth.nowSeconds,
    fraud_type: "unauthorized_use_of_card",
    livemode: birth.livemode,
    ...given,
  };
}

export function review(birth: Birth, given: Given<Stripe.Review>): Stripe.Review {
  return {
    id: newId("prv"),
    object: "review",
    billing_zip: null,
    charge: null,
    closed_reason: null,
    created: birth.nowSeconds,
    ip_address: null,
    ip_address_location: null,
    livemode: birth.livemode,
    open: true,
    opened_reason: "rule",
    reason: "rule",
    session: null,
    ...given,
  };
}
