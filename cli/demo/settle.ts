import type { Totals } from "../../shared/contracts/views.ts";
import { callConsole } from "../client.ts";
import { pause } from "../http.ts";
import type { Stack } from "../stack/index.ts";
import type { Books } from "./books.ts";

export type Quiet = { totals: Totals; books: Books; isQuiet: boolean };

const LOOK_MS = 300;

/** What can be seen from outside: the ledger's totals and the provider's state. */
export async function look({ consoleUrl, stripeUrl, keys }: Stack): Promise<{ totals: Totals; books: Books }> {
  const [totals, books] = await Promise.all([
    callConsole({ url: consoleUrl, key: keys.CONSOLE_TOKEN }, "GET /api/totals", {}),
    fetch(`${stripeUrl}/_sim/state`).then((response) => response.json() as Promise<Books>),
  ]);
  return { totals, books };
}

/**
 * Waits until no event, action or webhook is pending, at two looks in a row: an action that has just been settled may still
 * come back as an event. Gives up after `boundMs` milliseconds; what still waits then counts as lost.
 */
export async function untilQuiet(stack: Stack, boundMs: number, onLook: (totals: Totals) => void): Promise<Quiet> {
  const end = Date.now() + boundMs;
  let before: string | null = null;
  for (;;) {
    const { totals, books } = await look(stack);
    onLook(totals);
    const isIdle = waitingIn(totals) === 0 && books.pendingWebhooks === 0;
    const seen = JSON.stringify([totals.accepted, books.refunds.length, books.captures.length]);
    if (isIdle && seen === before) return { totals, books, isQuiet: true };
    if (Date.now() > end) return { totals, books, isQuiet: false };
    before = isIdle ? seen : null;
    await pause(LOOK_MS);
  }
}

export const waitingIn = ({ waiting }: Totals): number => waiting.events + waiting.actions;
