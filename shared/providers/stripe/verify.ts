import Stripe from "stripe";
import { err, ok } from "../../core/result.ts";
import { splitSecrets } from "../../core/secrets.ts";
import { type SignatureVerdict, TOLERANCE_SECONDS } from "../signature.ts";
import { readSignatureHeader } from "./signature-header.ts";

export type StripeDelivery = { body: string; signature: string | null; nowMs: number };

/**
 * Verifies a webhook with the SDK's `verifyHeaderAsync`, which `constructEventAsync` calls before it parses. The body is
 * not parsed here: a 400 for broken JSON is only for an authenticated sender.
 *
 * Stricter than the SDK: the header is read by us first, and a timestamp further in the future than the tolerance is refused.
 * `toleranceSeconds` 0 switches the check of time off, as in the SDK; only tests use it.
 */
export function createStripeVerifier(secretList: string, toleranceSeconds: number = TOLERANCE_SECONDS) {
  const secrets = splitSecrets(secretList);
  const cryptoProvider = Stripe.createSubtleCryptoProvider();

  return async ({ body, signature, nowMs }: StripeDelivery): Promise<SignatureVerdict> => {
    if (signature === null || signature === "") return err("there is no Stripe-Signature header");
    if (!Stripe.webhooks.signature) throw new Error("this build of the Stripe SDK has no signature helper");
    const read = readSignatureHeader(signature);
    if (!read.ok) return read;
    const { seconds, header } = read.value;
    if (isTooFarAhead(seconds, nowMs, toleranceSeconds)) return err("the signed timestamp is in the future");
    let reason = "STRIPE_WEBHOOK_SECRET holds no secret";
    for (const secret of secrets) {
      try {
        await Stripe.webhooks.signature.verifyHeaderAsync(
          body,
          header,
          secret,
          toleranceSeconds,
          cryptoProvider,
          nowMs,
        );
        return ok(null);
      } catch (error) {
        if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error;
        reason = error.message.split("\n")[0] ?? "refused";
      }
    }
    return err(reason);
  };
}

function isTooFarAhead(seconds: number, nowMs: number, toleranceSeconds: number): boolean {
  if (toleranceSeconds === 0) return false;
  return seconds - Math.floor(nowMs / 1000) > toleranceSeconds;
}
