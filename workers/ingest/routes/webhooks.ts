import { EVENT_ID, type Receipt } from "../../../shared/contracts/http.ts";
import type { AcceptItem, ReceivedEvent } from "../../../shared/contracts/ledger.ts";
import { decodeForSignature } from "../../../shared/core/decode.ts";
import { notJson, readBytes } from "../../../shared/http/body.ts";
import { problem } from "../../../shared/http/problem.ts";
import type { Refusal } from "../../../shared/http/refusals.ts";
import type { Room } from "../../../shared/http/room.ts";
import type { Delivery, Received, Webhook } from "../../../shared/providers/port.ts";
import { acceptEntries, createTally, type Entry, receiptResponse } from "../accept.ts";
import { cover, refusalOf } from "../cover.ts";
import type { Deps } from "../deps.ts";
import { ONE_BODY } from "../limits.ts";
import { unavailable } from "../unavailable.ts";

export type WebhookEndpoint = {
  name: string;
  receive(delivery: Delivery): Promise<Received>;
  answer: Webhook["answer"];
  writtenBy: Webhook["writtenBy"];
  refusedBy: Webhook["refusedBy"];
};

/**
 * `POST /webhooks/<name>`: reads the body as text, because the signature is over its bytes. The provider verifies it. Where the
 * headers sign nothing, the body is not read.
 */
export async function postWebhook(
  deps: Deps & { room: Room },
  request: Request,
  endpoint: WebhookEndpoint,
): Promise<Response> {
  const header = (name: string): string | null => request.headers.get(name);
  const why = endpoint.refusedBy(header);
  if (why !== null) return await deps.refuse(refusalFor(endpoint.name, why));
  const bytes = await readBytes(request, ONE_BODY, deps);
  if (!bytes.ok) return bytes.error;
  const body = decodeForSignature(bytes.value);
  const received = await endpoint.receive({ body, header, nowMs: deps.now() });
  switch (received.kind) {
    case "refused":
      return await deps.refuse(refusalFor(endpoint.name, received.reason, received.where));
    case "not_json":
      return notJson(received.error);
    case "unusable":
      return problem(400, received.detail);
    case "events": {
      const refusal = endpoint.writtenBy === "people" ? firstRefusal(received.items) : null;
      if (refusal !== null) return problem(400, `Correct the event and send it again. ${refusal}`);
      return await accept(
        deps,
        await Promise.all(
          received.items.map(async (item, index) => ({ line: index + 1, item: await itemOf(item, endpoint, deps) })),
        ),
        endpoint.answer,
      );
    }
  }
}

function firstRefusal(items: readonly ReceivedEvent[]): string | null {
  for (const { event } of items) {
    const refusal = refusalOf(event);
    if (refusal !== null) return refusal;
  }
  return null;
}

const itemOf = async (received: ReceivedEvent, { writtenBy }: WebhookEndpoint, { hash }: Deps): Promise<AcceptItem> =>
  writtenBy === "people" ? await cover(received, "signed", hash) : { ...received, provenance: "signed" };

async function accept(deps: Deps, entries: readonly Entry[], answer: Webhook["answer"]): Promise<Response> {
  const tally = createTally();
  await acceptEntries(deps, entries, tally);
  if (answer.kind === "receipt") return receiptResponse(tally);
  if (tally.receipt.rejected.count > 0) return unavailable();
  return new Response(answer.text, {
    status: 202,
    headers: { "content-type": "text/plain", ...namedIn(tally.receipt) },
  });
}

/** The body is the provider's, so what was stored is named in a header. */
const namedIn = ({ ids = [] }: Receipt): Record<string, string> =>
  ids.length === 0 ? {} : { [EVENT_ID]: ids.map(encodeURIComponent).join(", ") };

/** The reason goes to the log; the sender only gets which signature was refused. */
function refusalFor(source: string, reason: string, where = ""): Refusal {
  const detail = `${where}The signature is missing, does not match this body, or has an expired timestamp.`;
  const response = problem(401, detail, { "www-authenticate": `Webhook-Signature realm="${source}"` });
  return { why: `${where}${reason}`, response };
}
