import { err, ok } from "../../core/result.ts";
import { equalText, splitSecrets } from "../../core/secrets.ts";
import {
  bytesOfBase64,
  type HmacKey,
  hmacBase64,
  importHmacKey,
  type SignatureVerdict,
  TOLERANCE_SECONDS,
} from "../signature.ts";

const LONGEST_ID = 255;
/** Some forty signatures; a sender has one for each secret that is valid. */
const LONGEST_SIGNATURES = 2_048;

export type StandardDelivery = { body: string; header: (name: string) => string | null; nowMs: number };

const headersOf = (header: StandardDelivery["header"]) => {
  const of = (part: string): string => header(`webhook-${part}`) || header(`svix-${part}`) || "";
  return [of("id"), of("timestamp"), of("signature")] as const;
};

/** Why these headers sign nothing, whatever the body and the secret are; null where they may. */
export function whyUnsigned(header: StandardDelivery["header"]): string | null {
  const [id, timestamp, signatures] = headersOf(header);
  if (!id || !timestamp || !signatures) return "webhook-id, webhook-timestamp or webhook-signature is missing";
  if (id.length > LONGEST_ID || signatures.length > LONGEST_SIGNATURES) return "a webhook header is too long";
  return /^[1-9]\d{0,11}$/.test(timestamp) ? null : "webhook-timestamp is not a number of seconds";
}

/**
 * Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, base64, under a secret written `whsec_` + base64.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * Any signature may match any secret. Svix's older header names are accepted too.
 */
export function createStandardVerifier(secretList: string, toleranceSeconds: number = TOLERANCE_SECONDS) {
  const secrets = splitSecrets(secretList).map((secret) => bytesOfBase64(secret.replace(/^whsec_/, "")));
  const keys = new Map<Uint8Array<ArrayBuffer>, HmacKey>();

  return async ({ body, header, nowMs }: StandardDelivery): Promise<SignatureVerdict> => {
    const why = whyUnsigned(header);
    if (why !== null) return err(why);
    const [id, timestamp, signatures] = headersOf(header);
    const ageSeconds = Math.floor(nowMs / 1000) - Number(timestamp);
    if (Math.abs(ageSeconds) > toleranceSeconds) return err(`the signed timestamp is ${ageSeconds} s old`);

    const given = signatures.split(" ").filter((signature) => signature.startsWith("v1,"));
    for (const secret of secrets) {
      if (secret === null) continue;
      const key = keys.get(secret) ?? (await importHmacKey(secret));
      keys.set(secret, key);
      const expected = `v1,${await hmacBase64(key, `${id}.${timestamp}.${body}`)}`;
      if (given.some((signature) => equalText(expected, signature))) return ok(null);
    }
    return err(
      secrets.every((secret) => secret === null)
        ? "STANDARD_WEBHOOK_SECRET holds no usable secret: each is whsec_ and base64"
        : "no signature matches",
    );
  };
}
