import { afterAll, beforeAll, expect, it } from "vitest";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import { type Told, tell } from "../helpers/payments.ts";
import { plansWith } from "../helpers/plans.ts";
import { bootStack, makeStateDir, removeStateDir, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

/**
 * A deployment that broke the retry Worker: it throws before it looks at a message, so the platform itself runs out of
 * deliveries and moves the bare doorbells to the dead-letter queue. Then it is mended, and a person redrives.
 */
let system: TestStack;
const stateDir = makeStateDir();
const RETRY = "countersign-retry";
const declined = () => tell({ outcome: { kind: "declined", code: "insufficient_funds" } });
const failed = (told: Told) => told.event("invoice.payment_failed", told.invoice ?? told.intent);
const payPathOf = ({ id }: Told) => `/v1/invoices/${id.invoice}/pay`;
const inDoubt = { told: declined(), letter: null as DeadLetterRow | null, event: { id: "", body: "" } };
const untouched = { told: declined(), letter: null as DeadLetterRow | null, event: { id: "", body: "" } };

beforeAll(async () => {
  for (const one of [inDoubt, untouched]) one.event = failed(one.told);
  // The provider is not read again for ten seconds: once it was, the doubt would be left alone for a quarter of an hour.
  await meanwhile({ vars: { SWEEP_MS: "60000" } }, async () => {
    await system.stripe.put([...inDoubt.told.objects, ...untouched.told.objects]);
    await system.stripe.faults([
      { kind: "server_error_before", method: "POST", path: `^${payPathOf(inDoubt.told)}$`, times: 1 },
    ]);
    await system.ingest.stripe(inDoubt.event.body);
    await waitFor(
      "its doubt",
      () => system.console.trace(inDoubt.event.id),
      ({ state }) => state === "unknown",
      20_000,
    );
  });
  // Each delivery of a batch that is not full waits a second: two instead of twenty say the same.
  const plans = plansWith((queue) => (queue === "retry" ? { maxRetries: 2 } : {}));
  const broken = {
    plans,
    varsByWorker: { [RETRY]: { GRANT_PUBLIC_KEYS: "{" } },
  };
  await meanwhile(broken, async () => {
    await system.ingest.stripe(untouched.event.body);
    for (const one of [inDoubt, untouched]) one.letter = await letterOf(one.event.id);
    // What the provider did meanwhile, of which nobody has told us.
    await system.stripe.control(`invoices/${inDoubt.told.id.invoice}/pay`, {});
  });
  system = await bootStack({ stateDir });
  // Three starts, and what is waited for in between has bounds of its own.
}, 300_000);
afterAll(async () => {
  await system?.stop();
  removeStateDir(stateDir);
});

async function meanwhile(options: Parameters<typeof bootStack>[0], act: () => Promise<void>): Promise<void> {
  system = await bootStack({ vars: { SWEEP_MS: "200" }, ...options, stateDir });
  try {
    await act();
  } finally {
    await system.stop();
  }
}

async function letterOf(eventId: string): Promise<DeadLetterRow | null> {
  const { action } = await waitFor(
    `${eventId} to be given up`,
    () => system.console.trace(eventId),
    ({ state }) => state === "dead_lettered",
    60_000,
  );
  return (await system.console.deadLetters()).find(({ rowId }) => rowId === action?.action.id) ?? null;
}

it("an action whose deliveries ran out is given up where people see it; redriven, it is the same action and settles", async () => {
  const { told, event, letter } = untouched;
  expect(letter).toMatchObject({ queue: "retry", rowKind: "action", reason: "queue_exhausted", state: "dead" });
  expect((await system.console.redrive([letter?.id ?? ""])).results).toMatchObject([{ result: "redriven" }]);
  expect(await system.ended(event.id)).toMatchObject({ state: "succeeded", action: { action: { id: letter?.rowId } } });
  expect(await system.sentTo(payPathOf(told))).toMatchObject([{ idempotencyKey: `${letter?.rowId}:0`, status: 200 }]);
});

it("an action in doubt is read when it is redriven, and what had happened is not made again", async () => {
  const { told, event, letter } = inDoubt;
  expect((await system.console.redrive([letter?.id ?? ""])).results).toMatchObject([{ result: "redriven" }]);
  expect(await system.ended(event.id)).toMatchObject({ state: "succeeded", action: { action: { id: letter?.rowId } } });
  expect(await system.sentTo(payPathOf(told))).toEqual([]);
});
