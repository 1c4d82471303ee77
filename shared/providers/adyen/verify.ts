import { err, ok } from "../../core/result.ts";
import { equalText, splitSecrets } from "../../core/secrets.ts";
import { bytesOfHex, type HmacKey, hmacBase64, importHmacKey, type SignatureVerdict } from "../signature.ts";
import { field, isObject } from "../untyped.ts";

const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Adyen signs the items of its payment notifications one by one, over a list of their fields, and all other webhooks
 * as a whole, over the raw body. Both are HMAC-SHA256 under a key written in hexadecimal, given in base64.
 * https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures
 * Neither has a timestamp: the ledger finds a replay, because the event has the same id.
 */
export function createAdyenVerifier(keyList: string) {
  const secrets = splitSecrets(keyList).map(bytesOfHex);
  const keys = new Map<Uint8Array<ArrayBuffer>, HmacKey>();

  async function matches(text: string, signature: unknown): Promise<SignatureVerdict> {
    if (typeof signature !== "string" || signature === "") return err("the signature is missing");
    if (!SIGNATURE.test(signature)) return err("the signature is not 32 bytes in base64");
    for (const secret of secrets) {
      if (secret === null) continue;
      const key = keys.get(secret) ?? (await importHmacKey(secret));
      keys.set(secret, key);
      if (equalText(await hmacBase64(key, text), signature)) return ok(null);
    }
    return err(
      secrets.every((secret) => secret === null)
        ? "ADYEN_HMAC_KEY holds no usable key: each is written in hexadecimal"
        : "the signature does not match",
    );
  }

  return {
    /** One NotificationRequestItem, signed in its `additionalData.hmacSignature`. */
    item: (item: unknown): Promise<SignatureVerdict> =>
      isObject(item)
        ? isAmbiguous(item)
          ? Promise.resolve(err("a signed field holds a colon, so the signature does not say where it ends"))
          : matches(signedText(item), field(item, "additionalData", "hmacSignature"))
        : Promise.resolve(err("it is not an object")),
    /** A whole body, signed in the `HmacSignature` header. */
    body: (body: string, signature: string | null): Promise<SignatureVerdict> => matches(body, signature),
  };
}

/**
 * The signed text can be read in one way only if at most one of its fields, the merchant's own reference, may hold a colon.
 * Otherwise whoever saw one signed item could move the words between the fields, and the signature would still match.
 */
function isAmbiguous(item: Record<string, unknown>): boolean {
  const { pspReference, originalReference, merchantAccountCode, eventCode, success } = item;
  const others = [pspReference, originalReference, merchantAccountCode, eventCode, success];
  const amount = [field(item, "amount", "value"), field(item, "amount", "currency")];
  return [...others, ...amount].some((value) => typeof value === "string" && value.includes(":"));
}

/** The fields in Adyen's order, joined by colons without escaping, as Adyen's libraries do. A missing field is empty. */
function signedText(item: Record<string, unknown>): string {
  return [
    item.pspReference,
    item.originalReference,
    item.merchantAccountCode,
    item.merchantReference,
    field(item, "amount", "value"),
    field(item, "amount", "currency"),
    item.eventCode,
    item.success,
  ]
    .map((value) => (typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : ""))
    .join(":");
}
