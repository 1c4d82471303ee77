import type { ConnectView, InputOf, PaymentSnapshot } from "../../contracts/provider.ts";
import { formatMoney } from "../../core/money.ts";
import type { Guardrails } from "../document.ts";
import { allow, escalate, type Rule, type Verdict } from "./rule.ts";

/**
 * What a charge moved to a connected account, and the fee for it: a refund takes them back as policy says, or leaves the
 * platform to pay for both. https://docs.stripe.com/connect/destination-charges#issue-refunds
 */
export const CONNECT: Rule<PaymentSnapshot> = {
  rule: "connect",
  check: ({ amountMinor }, { policy }, payment) => {
    const { connect, currency } = payment;
    if (connect === null) return escalate("what the charge moved to other accounts was not read");
    const { destination, transferredMinor, feeMinor, isGrouped } = connect;
    if (destination !== null && transferredMinor === 0)
      return escalate(`the charge is for ${destination}, and no transfer to it was found`);
    if (isGrouped)
      return escalate("the charge may have paid transfers to other accounts, which a refund of it does not take back");
    if (transferredMinor === 0 && feeMinor === 0) return allow("nothing of it went to another account");
    return (
      whyNotWhole(amountMinor, payment) ??
      whyOtherwise(amountMinor, connect, currency) ??
      allow(sayGivenBack(payment, connect, policy))
    );
  },
};

/** Policy names what goes back with all of a charge, and leaves what goes back with a part of it to a person. */
function whyNotWhole(amountMinor: number | null, { capturedMinor, refundedMinor }: PaymentSnapshot): Verdict | null {
  return amountMinor === capturedMinor && refundedMinor === 0
    ? null
    : escalate(
        "a part of a charge with a connected account: policy does not say how much of its transfer and of its fee goes back with a part",
      );
}

/** Why what goes back with all of it is not what policy means: somebody was there before, or the fee is more than the refund. */
function whyOtherwise(
  amountMinor: number | null,
  { reversedMinor, feeMinor, feeRefundedMinor, transferredMinor }: ConnectView,
  currency: string,
): Verdict | null {
  const money = (amountMinor: number): string => formatMoney({ amountMinor, currency });
  if (reversedMinor > 0)
    return escalate(`${money(reversedMinor)} of the transfer of ${money(transferredMinor)} was taken back already`);
  if (feeRefundedMinor > 0)
    return escalate(`${money(feeRefundedMinor)} of the application fee of ${money(feeMinor)} was given back already`);
  if (feeMinor > (amountMinor ?? 0))
    return escalate(`the application fee of ${money(feeMinor)} is larger than the refund that would give it back`);
  return null;
}

const sayGivenBack = (payment: PaymentSnapshot, { destination }: ConnectView, policy: Guardrails): string => {
  const { reverseTransfer, refundFee } = goesBackWith(payment, policy);
  const parts = [...(reverseTransfer ? [`the transfer to ${destination}`] : []), ...(refundFee ? ["its fee"] : [])];
  return parts.length === 0 ? "nothing else goes back" : `${parts.join(" and ")} go back with it`;
};

/** What the call asks of the provider besides the refund. Never for a charge without a transfer or a fee: it would be refused. */
export function goesBackWith(
  { connect }: PaymentSnapshot,
  { refund }: Pick<Guardrails, "refund">,
): Pick<InputOf<"refund">, "reverseTransfer" | "refundFee"> {
  const { reverseTransfer, refundApplicationFee } = refund.connect;
  return {
    reverseTransfer: reverseTransfer && connect !== null && connect.transferredMinor > 0,
    refundFee: refundApplicationFee && connect !== null && connect.feeMinor > 0,
  };
}
