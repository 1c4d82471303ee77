import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import { sha256Hex } from "../../../shared/core/hash.ts";
import { parseJson, stringifyJson } from "../../../shared/core/json.ts";
import type { Result } from "../../../shared/core/result.ts";
import { notJson, readBytes } from "../../../shared/http/body.ts";
import { decodeForSignature } from "../../../shared/http/decode.ts";
import { problem } from "../../../shared/http/problem.ts";
import { normaliseAdyenBody, normaliseAdyenItem } from "../../../shared/providers/adyen/normalise.ts";
import type { createAdyenVerifier } from "../../../shared/providers/adyen/verify.ts";
import { normaliseOwnEvent } from "../../../shared/providers/standard/normalise.ts";
import type { createStandardVerifier } from "../../../shared/providers/standard/verify.ts";
import { normaliseStripeEvent } from "../../../shared/providers/stripe/normalise.ts";
import type { createStripeVerifier } from "../../../shared/providers/stripe/verify.ts";
import { field } from "../../../shared/providers/untyped.ts";
import { acceptEntries, createTally, type Entry, receiptResponse } from "../accept.ts";
import type { Deps } from "../deps.ts";
import { WHOLE_BODY } from "../limits.ts";
import { unavailable } from "../unavailable.ts";

/** Every webhook is read as text first: its signature is over the bytes, and nothing is parsed before it is good. */
export async function postStripe(
  deps: Deps,
  request: Request,
  verify: ReturnType<typeof createStripeVerifier>,
): Promise<Response> {
  const bytes = await readBytes(request, WHOLE_BODY);
  if (!bytes.ok) return bytes.error;
  const body = decodeForSignature(bytes.value);
  const verdict = await verify({ body, signature: request.headers.get("stripe-signature"), nowMs: deps.now() });
  if (!verdict.ok) return refused(deps, "stripe", verdict.error);
  return acceptOne(deps, body, (value) => normaliseStripeEvent(value, "live"));
}

export async function postStandard(
  deps: Deps,
  request: Request,
  verify: ReturnType<typeof createStandardVerifier>,
): Promise<Response> {
  const bytes = await readBytes(request, WHOLE_BODY);
  if (!bytes.ok) return bytes.error;
  const body = decodeForSignature(bytes.value);
  const verdict = await verify({ body, header: (name) => request.headers.get(name), nowMs: deps.now() });
  if (!verdict.ok) return refused(deps, "standard", verdict.error);
  return acceptOne(deps, body, (value) => normaliseOwnEvent(value, "standard"));
}

async function acceptOne(
  deps: Deps,
  body: string,
  normalise: (value: unknown) => Result<PaymentEvent, string>,
): Promise<Response> {
  const parsed = parseJson(body);
  if (!parsed.ok) return notJson(parsed.error);
  const event = normalise(parsed.value);
  if (!event.ok) return problem(400, `Correct the event and send it again. ${event.error}`);
  const tally = createTally();
  await acceptEntries(deps, [{ line: 1, item: { event: event.value, raw: body } }], tally);
  return receiptResponse(tally);
}

/**
 * Adyen's payment notifications carry their signatures inside, so this body alone is parsed before it is verified.
 * All of a batch is taken, or none, so that Adyen sends all of it again; what was stored then is recognised.
 */
export async function postAdyen(
  deps: Deps,
  request: Request,
  verify: ReturnType<typeof createAdyenVerifier>,
): Promise<Response> {
  const bytes = await readBytes(request, WHOLE_BODY);
  if (!bytes.ok) return bytes.error;
  const body = decodeForSignature(bytes.value);
  const parsed = parseJson(body);
  const items = parsed.ok ? field(parsed.value, "notificationItems") : undefined;
  if (parsed.ok && Array.isArray(items)) {
    return postAdyenItems(deps, body, items, field(parsed.value, "live"), verify);
  }
  const verdict = await verify.body(body, request.headers.get("hmacsignature"));
  if (!verdict.ok) return refused(deps, "adyen", verdict.error);
  if (!parsed.ok) return notJson(parsed.error);
  const event = normaliseAdyenBody(parsed.value, await sha256Hex(body));
  if (!event.ok) return problem(400, `Correct the notification and send it again. ${event.error}`);
  return acceptForAdyen(deps, [{ line: 1, item: { event: event.value, raw: body } }]);
}

async function postAdyenItems(
  deps: Deps,
  body: string,
  items: readonly unknown[],
  live: unknown,
  verify: ReturnType<typeof createAdyenVerifier>,
): Promise<Response> {
  if (items.length === 0) return refused(deps, "adyen", "notificationItems is empty, so nothing is signed");
  const entries: Entry[] = [];
  const unusable: string[] = [];
  for (const [index, wrapper] of items.entries()) {
    const item = field(wrapper, "NotificationRequestItem");
    const verdict = await verify.item(item);
    if (!verdict.ok) return refused(deps, "adyen", verdict.error, `Item ${index + 1}: `);
    const event = normaliseAdyenItem(item, live);
    const raw = items.length === 1 ? body : stringifyJson({ live, notificationItems: [wrapper] });
    if (event.ok && raw !== null) entries.push({ line: index + 1, item: { event: event.value, raw } });
    else unusable.push(`item ${index + 1}: ${event.ok ? "it is nested too deeply to be kept" : event.error}`);
  }
  if (unusable.length > 0)
    return problem(
      400,
      `Nothing was accepted. Correct these items and send all of them again. ${unusable.slice(0, 20).join("; ")}`,
    );
  return acceptForAdyen(deps, entries);
}

/** Adyen counts a notification as delivered on a 2xx; older set-ups also look for this text. */
async function acceptForAdyen(deps: Deps, entries: readonly Entry[]): Promise<Response> {
  const tally = createTally();
  await acceptEntries(deps, entries, tally);
  if (tally.receipt.rejected.count > 0) return unavailable();
  return new Response("[accepted]", { status: 202, headers: { "content-type": "text/plain" } });
}

/** The reason goes to the log; the caller learns only which signature was refused. */
function refused(deps: Deps, source: string, reason: string, where = ""): Response {
  deps.log({ what: "ingest.signature_refused", source, reason: `${where}${reason}` });
  return problem(401, `${where}The signature is missing, does not match this body, or is not of this moment.`, {
    "www-authenticate": `Webhook-Signature realm="${source}"`,
  });
}
