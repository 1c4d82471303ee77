import { stripeSignature } from "../../../cli/demo/deliver.ts";
import { IMPATIENT, pause, ask as send } from "../../../cli/http.ts";
import type { Acting } from "../ask.ts";
import type { Doors } from "../victims.ts";
import type { Question } from "./asked.ts";

const AGAIN_MS = 400;

/** Sent under one key until it is taken. Answers its stored id; null when it is interrupted. */
export async function ask(question: Question, key: string, { doors, signal }: Acting): Promise<string | null> {
  while (!signal.aborted) {
    const at = doors();
    if (at !== null) {
      const { url, headers } = doorOf(question, key, at);
      const init = {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: question.body,
      };
      const answer = await send(url, init, { ...IMPATIENT, signal }).catch(() => null);
      if (answer !== null && (answer.status === 202 || answer.status === 200)) return storedIn(question, answer.value);
    }
    await pause(AGAIN_MS, signal);
  }
  return null;
}

function doorOf({ door, body }: Question, key: string, { ingestUrl, keys }: Doors) {
  if (door === "stripe")
    return {
      url: `${ingestUrl}/webhooks/stripe`,
      headers: { "stripe-signature": stripeSignature(body, keys.STRIPE_WEBHOOK_SECRET) },
    };
  return {
    url: `${ingestUrl}/v1/requests`,
    headers: { authorization: `Bearer ${keys.INGEST_KEY}`, "idempotency-key": key },
  };
}

/** The provider's events are stored under their own ids. */
const storedIn = ({ door, body }: Question, value: unknown): string =>
  door === "stripe" ? `stripe:${(JSON.parse(body) as { id: string }).id}` : (value as { id: string }).id;
