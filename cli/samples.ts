import { DAY_MS } from "../shared/core/time.ts";
import { type Day, sampleObjects } from "../simulators/day/index.ts";
import { UserError } from "./errors.ts";
import type { Stack } from "./stack/index.ts";

/** Fills the Stripe stand-in with objects. The real Stripe has no such endpoint. */
export async function loadObjects(
  stripeUrl: string,
  { objects, scripts }: Pick<Day, "objects" | "scripts">,
): Promise<void> {
  const LIMIT = 5_000;
  for (let first = 0; first < objects.length; first += LIMIT) {
    await post(`${stripeUrl}/_sim/objects`, objects.slice(first, first + LIMIT));
  }
  if (scripts.length > 0) await post(`${stripeUrl}/_sim/script`, scripts);
}

/** Creates the README's invoice once per state directory: a restart must not reset it. */
export async function seedSample({ stripeUrl, stripeKey }: Stack): Promise<void> {
  if (stripeUrl === null) return;
  const objects = sampleObjects(Date.now() - DAY_MS);
  const [invoice] = objects.filter(({ object }) => object === "invoice");
  const known = await fetch(`${stripeUrl}/v1/invoices/${invoice?.id}`, {
    headers: { authorization: `Bearer ${stripeKey}` },
  });
  await known.body?.cancel();
  if (known.status === 404) await loadObjects(stripeUrl, { objects, scripts: [] });
}

async function post(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok)
    throw new UserError(`the Stripe stand-in refused the sample objects: ${response.status} ${text.slice(0, 300)}`);
}
