import { err, ok, type Result } from "../../core/result.ts";

export type SignatureHeader = { seconds: number; header: string };

/** Stripe sends one signature for each secret that is valid; nobody rolls this many at once. */
const MOST_SIGNATURES = 20;
const LONGEST = 2_048;
/** Whole seconds, written as Stripe writes them: no sign, no fraction, no other base, no zero before them. */
const SECONDS = /^[1-9]\d{0,11}$/;
const SIGNATURE = /^[0-9a-f]{64}$/;

/**
 * Reads `Stripe-Signature`. The time must be one whole number: the SDK would take "12abc". What is no signature is left out.
 * `header` is written anew from what was read, for the SDK. The error is for the log.
 */
export function readSignatureHeader(given: string): Result<SignatureHeader, string> {
  if (given.length > LONGEST) return err("the Stripe-Signature header is too long");
  const parts = given.split(",").map((part) => part.trim());
  const valuesOf = (name: string): string[] =>
    parts.filter((part) => part.startsWith(`${name}=`)).map((part) => part.slice(name.length + 1));
  const times = valuesOf("t");
  const [time = ""] = times;
  if (times.length !== 1 || !SECONDS.test(time)) return err("the signed timestamp is not one number of seconds");
  const all = valuesOf("v1");
  if (all.length > MOST_SIGNATURES) return err(`there are more than ${MOST_SIGNATURES} v1 signatures`);
  const signatures = all.filter((one) => SIGNATURE.test(one));
  if (signatures.length === 0) return err("there is no v1 signature of 64 hexadecimal digits");
  const header = [`t=${time}`, ...signatures.map((one) => `v1=${one}`)].join(",");
  return ok({ seconds: Number(time), header });
}
