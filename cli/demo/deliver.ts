import { createHmac } from "node:crypto";
import type { Receipt } from "../../shared/contracts/http.ts";
import { mapLimit } from "../../shared/core/concurrency.ts";
import type { StreamItem } from "../../simulators/day/index.ts";
import { UserError } from "../errors.ts";
import { ask, refusalOf } from "../http.ts";
import type { Stack } from "../stack/index.ts";

export type Delivered = {
  accepted: number;
  duplicates: number;
  conflicts: number;
  /** All refused lines, garbage included. `wronglyRejected`: those that are not garbage. */
  rejected: number;
  wronglyRejected: { label: string; error: string }[];
  /** The stored ids of requests, by the body that was sent. */
  idByBody: Map<string, string>;
};

type Parcel = { path: string; items: StreamItem[] };

const LINES_A_PARCEL = 25;
const AT_ONCE = 8;

/** Sends the day in its order through the public API, several items at once. */
export async function deliver(
  stream: StreamItem[],
  stack: Pick<Stack, "ingestUrl" | "keys">,
  onProgress: (sent: number) => void,
): Promise<Delivered> {
  let sent = 0;
  const receipts = await mapLimit(parcelsOf(stream), AT_ONCE, async (parcel) => {
    const receipt = await sendParcel(parcel, stack);
    sent += parcel.items.length;
    onProgress(sent);
    return { parcel, receipt };
  });
  return receipts.reduce(addUp, {
    accepted: 0,
    duplicates: 0,
    conflicts: 0,
    rejected: 0,
    wronglyRejected: [],
    idByBody: new Map(),
  });
}

/** Webhooks and requests are sent one by one; neighbouring lines of an export are sent together. */
export function parcelsOf(stream: readonly StreamItem[]): Parcel[] {
  const parcels: Parcel[] = [];
  let lines: Parcel | null = null;
  for (const item of stream) {
    if (item.door !== "events") {
      parcels.push({ path: item.door === "stripe" ? "/webhooks/stripe" : "/v1/requests", items: [item] });
      continue;
    }
    if (lines === null || lines.items.length >= LINES_A_PARCEL) {
      lines = { path: "/v1/events", items: [] };
      parcels.push(lines);
    }
    lines.items.push(item);
  }
  return parcels;
}

async function sendParcel(
  { path, items }: Parcel,
  { ingestUrl, keys }: Pick<Stack, "ingestUrl" | "keys">,
): Promise<Receipt> {
  const body = items.map((item) => item.body).join("\n");
  const authorization = `Bearer ${keys.INGEST_KEY}`;
  const headers: Record<string, string> =
    path === "/webhooks/stripe"
      ? { "content-type": "application/json", "stripe-signature": stripeSignature(body, keys.STRIPE_WEBHOOK_SECRET) }
      : { "content-type": path === "/v1/events" ? "application/x-ndjson" : "application/json", authorization };
  const answer = await ask(`${ingestUrl}${path}`, { method: "POST", headers, body }, { tries: 8, firstWaitMs: 200 });
  if (answer.status === 202) return answer.value as Receipt;
  throw new UserError(`${path} answered ${refusalOf(answer)} to ${items.map(({ label }) => label).join(", ")}`);
}

/** https://docs.stripe.com/webhooks#verify-manually */
export function stripeSignature(payload: string, secret: string, nowMs = Date.now()): string {
  const seconds = Math.floor(nowMs / 1000);
  const mac = createHmac("sha256", secret.split(",")[0] ?? "")
    .update(`${seconds}.${payload}`)
    .digest("hex");
  return `t=${seconds},v1=${mac}`;
}

function addUp(sum: Delivered, { parcel, receipt }: { parcel: Parcel; receipt: Receipt & { id?: string } }): Delivered {
  const [first] = parcel.items;
  if (first !== undefined && typeof receipt.id === "string") sum.idByBody.set(first.body, receipt.id);
  const refused = receipt.rejected.lines.map(({ line, error }) => ({ item: parcel.items[line - 1], error }));
  return {
    ...sum,
    accepted: sum.accepted + receipt.accepted,
    duplicates: sum.duplicates + receipt.duplicates,
    conflicts: sum.conflicts + receipt.conflicts,
    rejected: sum.rejected + receipt.rejected.count,
    wronglyRejected: [
      ...sum.wronglyRejected,
      ...refused.flatMap(({ item, error }) => (item?.isGarbage === true ? [] : [{ label: item?.label ?? "?", error }])),
    ],
  };
}
