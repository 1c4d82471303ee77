/** Sends events to the endpoint: signed, asynchronously, again on failure. https://docs.stripe.com/webhooks */

import { createHmac } from "node:crypto";

import type { StoredEvent } from "./resources.ts";

export interface WebhookSender {
  enqueue(event: StoredEvent): void;
  /** Events that are waiting or under way. */
  pending(): number;
  stop(): void;
}

export interface WebhookSettings {
  endpoint(): { url: string | null; secret: string };
  delivered(event: StoredEvent): void;
  attemptsMax?: number;
  concurrency?: number;
}

/** A quarter of an hour and more. Stripe retries for three days: a receiver that is killed again and again is not given up. */
const ATTEMPTS_MAX = 200;
const CONCURRENCY = 16;
const BACKOFF_FIRST_MS = 200;
const BACKOFF_MAX_MS = 5000;
const TIMEOUT_MS = 10_000;

export function createWebhookSender(settings: WebhookSettings): WebhookSender {
  const waiting: { event: StoredEvent; attempt: number }[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const stopping = new AbortController();
  let underWay = 0;

  function pump(): void {
    while (underWay < (settings.concurrency ?? CONCURRENCY) && !stopping.signal.aborted) {
      const next = waiting.shift();
      if (next === undefined) return;
      underWay += 1;
      void attempt(next.event, next.attempt).finally(() => {
        underWay -= 1;
        pump();
      });
    }
  }

  async function attempt(event: StoredEvent, number: number): Promise<void> {
    const { url, secret } = settings.endpoint();
    if (url === null) return;
    const isTaken = await send(url, secret, event, stopping.signal);
    if (stopping.signal.aborted) return;
    if (isTaken) settings.delivered(event);
    else if (number < (settings.attemptsMax ?? ATTEMPTS_MAX)) later(event, number);
  }

  function later(event: StoredEvent, number: number): void {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        waiting.push({ event, attempt: number + 1 });
        pump();
      },
      Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (number - 1)),
    );
    timers.add(timer);
  }

  return {
    enqueue(event) {
      waiting.push({ event, attempt: 1 });
      // The request that made the event is answered first, as at Stripe.
      setImmediate(pump);
    },
    pending: () => waiting.length + underWay + timers.size,
    stop() {
      stopping.abort();
      for (const timer of timers) clearTimeout(timer);
      waiting.length = 0;
    },
  };
}

async function send(url: string, secret: string, event: StoredEvent, stopped: AbortSignal): Promise<boolean> {
  const payload = JSON.stringify(event, null, 2);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json; charset=utf-8",
        "stripe-signature": signatureOf(payload, secret),
        "user-agent": "Stripe/1.0 (stand-in)",
      },
      body: payload,
      signal: AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** https://docs.stripe.com/webhooks#verify-manually. Signed with real time: receivers compare it with their own clock. */
function signatureOf(payload: string, secret: string, nowMs = Date.now()): string {
  const seconds = Math.floor(nowMs / 1000);
  const mac = createHmac("sha256", secret).update(`${seconds}.${payload}`).digest("hex");
  return `t=${seconds},v1=${mac}`;
}
