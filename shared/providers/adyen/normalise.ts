import type { PaymentEvent } from "../../contracts/event.ts";
import type { Mode } from "../../core/ids.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { codeOf, field, first, idOf, isObject, present, type Untyped } from "../untyped.ts";
import { ADYEN_STAGES, tellsOfAdyen } from "./facts.ts";
import { adyenMoney } from "./money.ts";

/**
 * One NotificationRequestItem as our event. Adyen's deliveries have no id; reference, event code and success identify them:
 * https://docs.adyen.com/development-resources/webhooks/handle-webhook-events#duplicates
 *
 * The signature covers no more than verify.ts lists. `mode` is the deployment's, which is that of the key: where the unsigned
 * `live` says something else, a person sees it. The customer is not taken: nothing says that it is theirs.
 */
export function normaliseAdyenItem(
  item: unknown,
  { live, mode }: { live: unknown; mode: Mode },
): Result<PaymentEvent, string> {
  if (!isObject(item)) return err("NotificationRequestItem is missing");
  const { pspReference, eventCode } = item;
  if (typeof eventCode !== "string" || !/^[\w-]{1,100}$/.test(eventCode))
    return err("eventCode is missing or unusable");
  const success = saysTrue(item.success);
  const id =
    typeof pspReference === "string" && pspReference !== ""
      ? idOf(`adyen:${pspReference}:${eventCode}:${success}`)
      : undefined;
  if (id === undefined) return err("pspReference is missing or unusable");

  const money = adyenMoney(field(item, "amount", "value"), field(item, "amount", "currency"));
  const when = timeOf(item.eventDate);
  const defects = [
    ...liveDefects(live, mode),
    ...(when === null ? ["eventDate is missing or not a time"] : []),
    ...money.defects,
  ];
  const type = `adyen.${eventCode}${success ? "" : ".failed"}`;
  const tells = tellsOfAdyen({ type });
  return ok({
    id,
    type,
    occurredAt: when ?? 0,
    mode,
    lane: "live",
    ...referencesOf(item, eventCode),
    ...present({
      account: idOf(item.merchantAccountCode),
      amountMinor: money.amountMinor,
      currency: money.currency,
      declineCode: success ? undefined : declineCodeOf(item),
      object: /CAPTURE|PAIDOUT/.test(eventCode) ? idOf(pspReference) : undefined,
      ...(isDispute(eventCode) ? disputeOf(item) : {}),
      circumstance: /_FAILED|REVERSED/.test(eventCode) ? codeOf(item.reason) : undefined,
      defects: defects.length > 0 ? defects : undefined,
      tells: Object.keys(tells).length > 0 ? tells : undefined,
    }),
  });
}

/**
 * Any other signed webhook of Adyen (balance platform, tokens, …): recorded by its type. Not all have an id, so the hash of
 * the body, which is the same in a redelivery, identifies it.
 */
export function normaliseAdyenBody(body: unknown, bodyHash: string): Result<PaymentEvent, string> {
  if (!isObject(body)) return err("the body is not a JSON object");
  const { type } = body;
  if (typeof type !== "string" || !/^[\w.-]{1,150}$/.test(type)) return err("type is missing or unusable");
  const when = timeOf(first(body.timestamp, body.createdAt, field(body, "data", "creationDate")));
  const live = liveOf(body.environment);
  const defects = [...modeDefects(live), ...(when === null ? ["the time is missing"] : [])];
  return ok({
    id: `adyen:${bodyHash.slice(0, 32)}`,
    type: `adyen.${type}`,
    occurredAt: when ?? 0,
    mode: live === true ? "live" : "test",
    lane: "live",
    ...(defects.length > 0 ? { defects } : {}),
  });
}

function liveOf(environment: unknown): boolean | undefined {
  if (environment === "live") return true;
  return environment === "test" ? false : undefined;
}

/** A modification (capture, refund, chargeback …) names its payment as `originalReference`; an authorisation is the payment. */
function referencesOf(item: Untyped, eventCode: string): Pick<PaymentEvent, "payment" | "refund" | "dispute"> {
  const own = idOf(item.pspReference);
  const original = idOf(item.originalReference);
  return present({
    payment: original ?? (eventCode.startsWith("AUTHORISATION") ? own : undefined),
    refund: /REFUND/.test(eventCode) ? own : undefined,
    dispute: isDispute(eventCode) || eventCode === "NOTIFICATION_OF_FRAUD" ? own : undefined,
  });
}

const isDispute = (eventCode: string): boolean =>
  Object.hasOwn(ADYEN_STAGES, eventCode) || /CHARGEBACK|DISPUTE/.test(eventCode);

/** https://docs.adyen.com/api-explorer/Webhooks/1/post/CHARGEBACK */
function disputeOf(item: Untyped): Partial<Pick<PaymentEvent, "disputeStatus" | "disputeReason" | "evidenceDueBy">> {
  const more = (name: string): unknown => field(item, "additionalData", name);
  const dueBy = timeOf(more("defensePeriodEndsAt"));
  return present({
    disputeStatus: codeOf(more("disputeStatus")),
    disputeReason: codeOf(first(item.reason, more("chargebackReasonCode"), more("rfiReasonCode"))),
    evidenceDueBy: more("defendable") === "false" ? 0 : (dueBy ?? undefined),
  });
}

function declineCodeOf(item: Untyped): string | undefined {
  return codeOf(first(field(item, "additionalData", "refusalReasonRaw"), item.reason));
}

/** Adyen writes booleans as strings in most JSON notifications, and as booleans in some. */
export function saysTrue(value: unknown): boolean {
  return value === true || value === "true";
}

function modeDefects(live: unknown): string[] {
  return saysTrue(live) || live === false || live === "false" ? [] : ["live is missing; taken as test"];
}

function liveDefects(live: unknown, mode: Mode): string[] {
  const saysTest = live === false || live === "false";
  if (mode === "live" ? saysTrue(live) : saysTest) return [];
  if (!saysTest && !saysTrue(live)) return [`live is missing; taken as ${mode}, as the key is`];
  return [`live says ${saysTest ? "test" : "live"}, and the key that signed it is of ${mode}`];
}

function timeOf(value: unknown): number | null {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isSafeInteger(time) && time >= 0 ? time : null;
}
