import type { ReceivedEvent } from "../../contracts/ledger.ts";
import { sha256Hex } from "../../core/hash.ts";
import type { Mode } from "../../core/ids.ts";
import { parseJson, stringifyJson } from "../../core/json.ts";
import type { Received, Registration } from "../port.ts";
import { field } from "../untyped.ts";
import { disputeInAdyen, tellsOfAdyen } from "./facts.ts";
import { normaliseAdyenBody, normaliseAdyenItem } from "./normalise.ts";
import { createAdyenVerifier } from "./verify.ts";

/** Adyen sends one item, and in some accounts a few. Each is verified by itself. */
const MOST_ITEMS = 1_000;

type Verifier = ReturnType<typeof createAdyenVerifier>;

/** Nothing is executed at Adyen yet: its events are stored, and those that need an action become cases. */
export const adyen: Registration = {
  name: "adyen",
  ids: [],
  owners: [],
  tellsOf: tellsOfAdyen,
  // Nothing is tried again there, so no list says which of its codes may be.
  declineOf: (code, advice) => ({ code, advice, class: "needs_customer", isKnown: false }),
  disputeIn: disputeInAdyen,
  // Signed are the two references, the accounts of both sides, the amount, the code and whether it succeeded: verify.ts.
  unsigned: ["occurredAt", "declineCode", "disputeStatus", "disputeReason", "evidenceDueBy", "circumstance"],
  desk: "Adyen's Customer Area",
  pageOf: () => null,
  webhook: {
    secret: "ADYEN_HMAC_KEY",
    // For Adyen a 2xx means delivered; older accounts also require this text.
    answer: { kind: "all_or_nothing", text: "[accepted]" },
    writtenBy: "provider",
    // The signatures of its items are in the body.
    refusedBy: () => null,
    open(secretList, mode) {
      const verify = createAdyenVerifier(secretList);
      return async ({ body, header }) => {
        // Payment notifications contain their signatures, so only this body is parsed before it is verified.
        const parsed = parseJson(body);
        const items = parsed.ok ? field(parsed.value, "notificationItems") : undefined;
        if (parsed.ok && Array.isArray(items)) {
          return await receiveItems(body, items, { live: field(parsed.value, "live"), mode }, verify);
        }
        const verdict = await verify.body(body, header("hmacsignature"));
        if (!verdict.ok) return { kind: "refused", reason: verdict.error };
        if (!parsed.ok) return { kind: "not_json", error: `is not valid JSON: ${parsed.error}` };
        const event = normaliseAdyenBody(parsed.value, await sha256Hex(body));
        if (!event.ok)
          return { kind: "unusable", detail: `Correct the notification and send it again. ${event.error}` };
        return { kind: "events", items: [{ event: event.value, raw: body }] };
      };
    },
  },
  exported: null,
  reader: null,
  executor: null,
};

/** Accepts all items of a notification or none: Adyen repeats the whole notification, and stored items are duplicates then. */
async function receiveItems(
  body: string,
  items: readonly unknown[],
  said: { live: unknown; mode: Mode },
  verify: Verifier,
): Promise<Received> {
  if (items.length === 0) return { kind: "refused", reason: "notificationItems is empty, so nothing is signed" };
  if (items.length > MOST_ITEMS) return { kind: "refused", reason: `there are more than ${MOST_ITEMS} items` };
  const taken: ReceivedEvent[] = [];
  const unusable: string[] = [];
  for (const [index, wrapper] of items.entries()) {
    const item = field(wrapper, "NotificationRequestItem");
    const verdict = await verify.item(item);
    if (!verdict.ok) return { kind: "refused", reason: verdict.error, where: `Item ${index + 1}: ` };
    const event = normaliseAdyenItem(item, said);
    const raw = items.length === 1 ? body : stringifyJson({ live: said.live, notificationItems: [wrapper] });
    if (event.ok && raw !== null) taken.push({ event: event.value, raw });
    else unusable.push(`item ${index + 1}: ${event.ok ? "it is nested too deeply to be kept" : event.error}`);
  }
  if (unusable.length > 0) {
    return {
      kind: "unusable",
      detail: `Nothing was accepted. Correct these items and send all of them again. ${unusable.slice(0, 20).join("; ")}`,
    };
  }
  return { kind: "events", items: taken };
}
