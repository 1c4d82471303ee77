/** Bank debits: what a payment method and a charge show of the account, by type. */

import type Stripe from "stripe";

export const BANK_DEBITS = ["acss_debit", "au_becs_debit", "bacs_debit", "sepa_debit", "us_bank_account"] as const;
export type BankDebit = (typeof BANK_DEBITS)[number];

export function isBankDebit(type: string | undefined): type is BankDebit {
  return BANK_DEBITS.some((each) => each === type);
}

const KNOWN = { fingerprint: "standinFingerprt", last4: "6789" };
const ACSS = { ...KNOWN, bank_name: "STAND-IN BANK", institution_number: "000", transit_number: "11000" };
const US = {
  ...KNOWN,
  account_holder_type: "individual",
  account_type: "checking",
  bank_name: "STAND-IN BANK",
  routing_number: "110000000",
};
const SEPA = { ...KNOWN, bank_code: "37040044", branch_code: "", country: "DE" };

const METHODS: { [Type in BankDebit]: object } = {
  acss_debit: ACSS,
  au_becs_debit: { ...KNOWN, bsb_number: "000000" },
  bacs_debit: { ...KNOWN, sort_code: "108800" },
  sepa_debit: { ...SEPA, generated_from: { charge: null, setup_attempt: null } },
  us_bank_account: {
    ...US,
    financial_connections_account: null,
    networks: { preferred: "ach", supported: ["ach"] },
    status_details: {},
  },
};
const CHARGES: { [Type in BankDebit]: object } = {
  acss_debit: ACSS,
  au_becs_debit: METHODS.au_becs_debit,
  bacs_debit: { ...METHODS.bacs_debit, mandate: null },
  sepa_debit: { ...SEPA, mandate: null },
  us_bank_account: { ...US, payment_reference: null },
};

export function bankMethodDetails(type: BankDebit): Partial<Stripe.PaymentMethod> {
  return { type, [type]: METHODS[type] };
}

export function bankChargeDetails(type: BankDebit): Stripe.Charge.PaymentMethodDetails {
  return { type, [type]: CHARGES[type] };
}

/**
 * Why a bank refuses a debit: https://docs.stripe.com/payments/ach-direct-debit#transaction-failures,
 * https://docs.stripe.com/payments/sepa-debit#failed-payments. The messages are the stand-in's own.
 */
export const BANK_FAILURES: Readonly<Record<string, string>> = {
  account_closed: "The customer's bank account has been closed.",
  account_frozen: "The customer's bank account is frozen.",
  bank_account_restricted: "The customer's bank account cannot be debited.",
  bank_ownership_changed: "The customer's bank account has been transferred to another bank.",
  could_not_process: "The bank could not process this payment.",
  debit_not_authorized: "The customer has notified their bank that this payment was unauthorized.",
  declined: "The bank declined this payment.",
  insufficient_funds: "The customer's account has insufficient funds to cover this payment.",
  invalid_account_number: "The customer's bank account number is invalid.",
  invalid_currency: "The bank was unable to process this payment because of its currency.",
  no_account: "The customer's bank account could not be located.",
  recipient_deceased: "The owner of the bank account has died.",
  refer_to_customer: "The bank asks to refer to the customer.",
};
