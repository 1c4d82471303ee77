import type { PaymentEvent } from "../../contracts/event.ts";
import type { Tells } from "../../contracts/facts.ts";
import { type FactLine, tellsByTable } from "../fact-table.ts";
import type { SaidOfDispute } from "../port.ts";

/**
 * The stages of a dispute, in Adyen's order: https://docs.adyen.com/risk-management/disputes-api/dispute-notifications. All
 * events of one dispute have the same pspReference. What was lost, or was not answered, a person has to see.
 */
export const ADYEN_STAGES: Readonly<Record<string, Omit<SaidOfDispute, "stage">>> = {
  REQUEST_FOR_INFORMATION: { what: "a request for information", status: "inquiry", isAwaited: true },
  NOTIFICATION_OF_CHARGEBACK: { what: "a chargeback that is announced", status: "open", isAwaited: true },
  CHARGEBACK: { what: "a chargeback", status: "open", isAwaited: true },
  DISPUTE_OPENED_WITH_CHARGEBACK: { what: "a chargeback", status: "open", isAwaited: true },
  INFORMATION_SUPPLIED: { what: "a dispute whose defense was sent", status: "open", isAwaited: false },
  ISSUER_COMMENTS: { what: "a dispute on which the issuer commented", status: "open", isAwaited: false },
  DISPUTE_DEFENSE_PERIOD_ENDED: { what: "a dispute whose time to answer has ended", status: "lost", isAwaited: false },
  ISSUER_RESPONSE_TIMEFRAME_EXPIRED: {
    what: "a dispute whose defense the issuer did not refuse",
    status: "won",
    isAwaited: false,
  },
  CHARGEBACK_REVERSED: { what: "a chargeback that was reversed", status: "won", isAwaited: false },
  SECOND_CHARGEBACK: { what: "a second chargeback, because the defense was refused", status: "lost", isAwaited: false },
  PREARBITRATION_OPEN: { what: "a pre-arbitration", status: "open", isAwaited: true },
  PREARBITRATION_WON: { what: "a pre-arbitration that was won", status: "won", isAwaited: false },
  PREARBITRATION_LOST: { what: "a pre-arbitration that was lost", status: "lost", isAwaited: false },
  SCHEME_ARBITRATION_WON: { what: "an arbitration that was won", status: "won", isAwaited: false },
  SCHEME_ARBITRATION_LOST: { what: "an arbitration that was lost", status: "lost", isAwaited: false },
};

/**
 * An event by its stage alone: the status and the time that Adyen adds are not signed. Of two stages the later one in Adyen's
 * order counts, whenever it came.
 */
export function disputeInAdyen({ type }: Pick<PaymentEvent, "type">): SaidOfDispute {
  const code = type.replace(/^adyen\./, "").replace(/\.failed$/, "");
  const stage = Object.hasOwn(ADYEN_STAGES, code) ? ADYEN_STAGES[code] : undefined;
  const place = Object.keys(ADYEN_STAGES).indexOf(code);
  if (stage === undefined) return { what: `a dispute (${code})`, status: "other", isAwaited: true, stage: null };
  // Where somebody must answer, somebody must look. Anything else did not happen, and what is so instead is not said.
  if (stage.isAwaited || !type.endsWith(".failed")) return { ...stage, stage: place };
  return { what: `a dispute of which ${code} did not succeed`, status: "other", isAwaited: true, stage: place };
}

const whicheverSuccess = (code: string): string[] => [`adyen.${code}`, `adyen.${code}.failed`];

/**
 * What Adyen's events tell of: https://docs.adyen.com/development-resources/webhooks/webhook-types. `.failed` is our ending
 * for `success: false`. docs/facts.md is written from this table.
 */
export const ADYEN_FACTS: readonly FactLine[] = [
  { types: Object.keys(ADYEN_STAGES).flatMap(whicheverSuccess), fact: "dispute" },
  { types: whicheverSuccess("NOTIFICATION_OF_FRAUD"), fact: "early_fraud_warning" },
  {
    types: [
      ...whicheverSuccess("REFUND_FAILED"),
      ...whicheverSuccess("REFUNDED_REVERSED"),
      "adyen.REFUND.failed",
      "adyen.CANCEL_OR_REFUND.failed",
      "adyen.REFUND_WITH_DATA.failed",
    ],
    fact: "failed_refund",
  },
  { types: [...whicheverSuccess("CAPTURE_FAILED"), "adyen.CAPTURE.failed"], fact: "failed_capture" },
  { types: ["adyen.EXPIRE"], fact: "expired_hold" },
  { types: whicheverSuccess("PAIDOUT_REVERSED"), fact: "failed_payout" },
];

export const tellsOfAdyen = (event: Pick<PaymentEvent, "type">): Tells => tellsByTable(ADYEN_FACTS, event);
