import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pause } from "../../cli/http.ts";
import { maskBody } from "../../shared/agents/text/cover.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import type { Trace } from "../../shared/contracts/views.ts";
import { PRICES, sold } from "../../simulators/day/subscriptions.ts";
import { linesOf, queuesSharedWithPoison, redeliveries } from "../helpers/deliveries.ts";
import { CONSUMED_QUEUES, createForger, type Forged, forger } from "../helpers/forger.ts";
import { type Told, tell } from "../helpers/payments.ts";
import { plansWith } from "../helpers/plans.ts";
import { type Expected, letterOf, poisonFor } from "../helpers/poison.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

/** FUZZ_SEED=… repeats a run that failed: fast-check prints its seed. FUZZ_RUNS=… looks longer. */
const SEED = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) };
const TIMEOUT_MS = 600_000;
const RUNS = Number(process.env.FUZZ_RUNS ?? 3);
/** A good event goes through three queues at most, each of which waits a second for its batch to fill; on a slow machine longer. */
const SETTLED_MS = 60_000;

let system: TestStack;
let forge: Awaited<ReturnType<typeof createForger>>;
/** Each kind of good event, sent when nothing else was on its way: what it came to then is what it must come to. */
const alone = new Map<string, Trace>();
const onHold = { told: tell(), id: "" };
/** What the provider may have been asked to do, so far. */
const granted: string[] = [];

beforeAll(async () => {
  // Backfills and dead letters wait five seconds for their batch to fill: here one, as the others. The heartbeat is slow, so
  // that an event which a busy machine takes seconds to decide is not stuck, and a copy of its bell does not bury it.
  const plans = plansWith(() => ({ maxBatchTimeout: 1 }));
  system = await bootStack({ extraWorkers: [forger], plans, vars: { SWEEP_MS: "2000" } });
  forge = await createForger(system);
  await system.stripe.put(sold(Math.floor(Date.now() / 1000)));
  await hold(onHold.told, "hold");
  await system.stripe.put(onHold.told.objects);
  onHold.id = (await system.ingest.request({ message: `Refund payment ${onHold.told.id.payment} please.` })).body.id;
  const sent = await Promise.all(Object.keys(goodEvents).map(sendGood));
  for (const { name, id } of sent) alone.set(name, await system.ended(id));
  const isHeld = ({ action }: Trace) => (action?.held ?? null) !== null;
  await waitFor("the hold to be met", () => system.console.trace(onHold.id), isHeld, 20_000);
});
afterAll(async () => await system?.stop());

const paid = () => tell();
const declined = () => tell({ outcome: { kind: "declined", code: "insufficient_funds" } });
const authorised = () => tell({ outcome: { kind: "held", riskLevel: "normal" }, invoiceNumber: null });

type Good = { tell(): Told; send(told: Told): Promise<string>; moves(told: Told): string[] };
/** Together they pass through every queue that is not a dead-letter queue. */
const goodEvents: Record<string, Good> = {
  refund: {
    tell: paid,
    send: (told) => request(`Refund 10.00 USD of payment ${told.id.payment}.`),
    moves: (told) => [`/v1/refunds ${told.id.payment} 1000`],
  },
  "too much": {
    tell: paid,
    send: (told) => request(`Refund 99.99 USD of payment ${told.id.payment}.`),
    moves: () => [],
  },
  renewal: {
    tell: declined,
    send: (told) => webhook(told.event("invoice.payment_failed", told.invoice ?? told.intent)),
    moves: (told) => [`/v1/invoices/${told.id.invoice}/pay`],
  },
  "renewal in a file": {
    tell: declined,
    send: (told) => line(told.event("invoice.payment_failed", told.invoice ?? told.intent)),
    moves: (told) => [`/v1/invoices/${told.id.invoice}/pay`],
  },
  authorisation: {
    tell: authorised,
    send: (told) => webhook(told.event("payment_intent.amount_capturable_updated", told.intent)),
    moves: (told) => [`/v1/payment_intents/${told.id.payment}/capture`],
  },
  pause: {
    tell: paid,
    async send(told) {
      const id = subscriptionOf(told);
      const { customer } = told.id;
      await system.stripe.put([{ object: "subscription", id, customer, price: PRICES.pro.id }]);
      return await request(`Please pause subscription ${id}.`);
    },
    moves: (told) => [`/v1/subscriptions/${subscriptionOf(told)}`],
  },
};
const subscriptionOf = ({ id }: Told): string => id.customer.replace(/^cus_/, "sub_");

async function request(message: string): Promise<string> {
  const { status, body } = await system.ingest.request({ message });
  expect(status).toBe(202);
  return body.id;
}
async function webhook({ id, body }: { id: string; body: string }): Promise<string> {
  expect((await system.ingest.stripe(body)).body).toMatchObject({ accepted: 1 });
  return id;
}
async function line({ id, body }: { id: string; body: string }): Promise<string> {
  expect((await system.ingest.lines([body], "?lane=batch")).body).toMatchObject({ accepted: 1 });
  return id;
}

async function sendGood(name: string): Promise<{ name: string; id: string }> {
  const good = goodEvents[name] as Good;
  const told = good.tell();
  await system.stripe.put(told.objects);
  granted.push(...good.moves(told));
  return { name, id: await good.send(told) };
}

async function hold({ id }: Told, act: "hold" | "lift"): Promise<void> {
  const { consoleUrl, keys } = system.stack;
  const response = await fetch(`${consoleUrl}/api/holds${act === "lift" ? "/lift" : ""}`, {
    method: "POST",
    headers: { authorization: `Bearer ${keys.CONSOLE_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ scope: `payment:${id.payment}`, reason: "the fuzz" }),
  });
  expect(response.status).toBe(200);
}

/** What an event came to, without the names and times by which two of a kind differ. */
const cameTo = ({ state, event, action }: Trace) => ({
  state,
  event: [event.state, event.failures, event.conflicts, event.history.map(({ what }) => what)],
  action: action && {
    kind: [action.action.kind, action.action.variant, action.action.amountMinor],
    attempts: [action.attempts, action.failures],
    outcome: action.outcome?.kind,
    // An echo of the provider's may find the attempt under way, or over. And what is to wait 200 ms may be due already when
    // a busy machine comes to write it down.
    history: action.history
      .map(({ what }) => (what === "scheduled" ? "granted" : what))
      .filter((what) => what !== "reported"),
  },
});

/** Everything that Stripe was asked to change. */
async function moves(): Promise<string[]> {
  const posts = (await system.stripe.requests()).filter(({ method }) => method === "POST");
  return posts.map(({ path, params }) => {
    const { payment_intent: payment, amount } = params as { payment_intent?: string; amount?: number };
    return path === "/v1/refunds" ? `${path} ${payment} ${amount}` : path;
  });
}

const jsonOf = (body: object): Forged => ({ make: "json", text: JSON.stringify(body) });
const bell = (id: string) => jsonOf({ kind: "event", id, nonce: "copy", summary: "" });

/** Right in everything: of an action that is ready, granted, and on hold. */
async function bellOfHeld(): Promise<Forged> {
  const { action } = await system.console.trace(onHold.id);
  const { id, subject } = action?.action ?? {};
  return jsonOf({ kind: "action", id, subject, nonce: "forged", summary: "the hold is lifted" });
}
const told = new Set<string>();
function isNew({ queue, text, told: id }: Expected): boolean {
  const key = `${id} ${queue} ${text}`;
  if (id === null || !told.has(key)) {
    told.add(key);
    return true;
  }
  return false;
}

type Poison = Record<string, Forged[]>;
const expected: Expected[] = [];
/** The good events that were sent among poison, and their actions. */
const goodRows = new Set<string>();
const forgedByQueue = new Map<string, number>();

async function forgeAll(poison: Poison): Promise<void> {
  await Promise.all(
    Object.entries(poison).map(async ([queue, messages]) => {
      await forge(queue, messages);
      forgedByQueue.set(queue, (forgedByQueue.get(queue) ?? 0) + messages.length);
      expected.push(...messages.flatMap((message) => letterOf(queue, message) ?? []).filter(isNew));
    }),
  );
}

const DRIP_MS = 200;
const FILLER: Forged = { make: "json", text: '{"kind":"filler"}' };
const GOOD_QUEUES = CONSUMED_QUEUES.filter((queue) => !queue.endsWith("-dlq"));

/** A message a queue at a time: batches fill for a second, and each is to have some of it. */
function createTrickle(poison: Poison) {
  const left = new Map(Object.entries(poison).map(([queue, messages]) => [queue, [...messages]]));
  const drip = () =>
    forgeAll(Object.fromEntries(Array.from(left, ([queue, messages]) => [queue, messages.splice(0, 1)])));
  return {
    drip,
    /** Where a queue's own poison is used up before the good ones are through, another message takes its place. */
    until: async (isOver: () => boolean) => {
      while (!isOver() || [...left.values()].some(({ length }) => length > 0)) {
        const dry = GOOD_QUEUES.filter((queue) => (left.get(queue) ?? []).length === 0);
        await drip();
        if (!isOver()) await forgeAll(Object.fromEntries(dry.map((queue) => [queue, [FILLER]])));
        await pause(DRIP_MS);
      }
    },
  };
}

/** One run: good events, copies of their own doorbells beside them, and poison in every queue for as long as they are on their way. */
async function run(poison: Poison): Promise<void> {
  const trickle = createTrickle(poison);
  await trickle.drip();
  const sent = await Promise.all(Object.keys(goodEvents).flatMap((name) => [sendGood(name), sendGood(name)]));
  const copies = sent.map(({ id }) => bell(id));
  const held = await bellOfHeld();
  await forgeAll(Object.fromEntries(CONSUMED_QUEUES.map((queue) => [queue, [held]])));
  await forgeAll({ events: [...copies, ...copies], "events-batch": copies, "events-dlq": copies });
  let isOver = false;
  const ended = Promise.all(
    sent.map(async ({ name, id }) => ({ name, id, trace: await system.ended(id, SETTLED_MS) })),
  ).finally(() => {
    isOver = true;
  });
  const [traces] = await Promise.all([ended, trickle.until(() => isOver)]);
  for (const { name, id, trace } of traces) {
    for (const row of [id, trace.action?.action.id ?? id]) goodRows.add(row);
    expect(cameTo(trace), `${name} among poison`).toEqual(cameTo(alone.get(name) as Trace));
  }
  await lettersFor(expected);
  expect((await moves()).sort()).toEqual([...granted].sort());
  expect(redeliveries(linesOf(system.logs))).toEqual([]);
  expect(await system.console.trace(onHold.id)).toMatchObject({ state: "ready", action: { attempts: 0 } });
}

/** A body that fills a message is cut when it becomes a letter: so much of it is always kept. */
const keyOf = ({ queue, text }: Pick<Expected, "queue" | "text">): string => `${queue} ${text.slice(0, 20_000)}`;
/** A letter is kept as a mask leaves it: what looks like a card number in arbitrary text is none the less one to it. */
const maskedKeyOf = ({ queue, text }: Expected): string => keyOf({ queue, text: maskBody(text) });
/** What is in one list and not in the other, each as often as it is. */
function differences(wanted: readonly string[], kept: readonly string[]): string[] {
  const balance = new Map<string, number>();
  for (const key of wanted) balance.set(key, (balance.get(key) ?? 0) + 1);
  for (const key of kept) balance.set(key, (balance.get(key) ?? 0) - 1);
  return [...balance].flatMap(([key, count]) =>
    count === 0 ? [] : [`${count > 0 ? "missing" : "too many"}: ${key.slice(0, 500)}`],
  );
}

/** Until exactly these are kept: each once, and none that we did not send. */
async function lettersFor(wanted: readonly Expected[]): Promise<void> {
  const look = async () => {
    const letters = await system.console.deadLetters();
    const kept = letters.map(({ queue, body }) => keyOf({ queue, text: body }));
    return { wrong: differences(wanted.map(maskedKeyOf), kept), letters };
  };
  const { letters } = await waitFor("the dead letters", look, ({ wrong }) => wrong.length === 0, 30_000);
  for (const letter of letters) expectReadable(letter);
}

const READABLE = /^this message of queue \S+ names no event or action: read it, find out who/;

function expectReadable({ rowKind, reason, detail, attempts, state }: DeadLetterRow): void {
  expect({ rowKind, reason, state }).toEqual({ rowKind: "message", reason: "malformed_message", state: "dead" });
  expect(attempts).toBeGreaterThanOrEqual(0);
  expect(detail).toMatch(READABLE);
}

it(
  "arbitrary messages in every queue change nothing for the good ones beside them, execute nothing, and are kept",
  async () => {
    const traces = [...alone.values()];
    const actions = traces.flatMap(({ action }) => action ?? []);
    const held = (await system.console.trace(onHold.id)).action;
    const ids = [
      ...traces.map(({ id }) => id),
      onHold.id,
      ...[...actions, held].flatMap((one) => one?.action.id ?? []),
    ];
    const poison = poisonFor(
      ids,
      [...actions, held].flatMap((one) => one?.action.subject ?? []),
    );
    /** Some of it twice in one batch. */
    const messages = fc
      .array(fc.tuple(poison, fc.constantFrom(1, 1, 1, 2)), { minLength: 6, maxLength: 14 })
      .map((list) => list.flatMap(([message, times]) => Array<Forged>(times).fill(message)));
    const forgery = fc.record(Object.fromEntries(CONSUMED_QUEUES.map((queue) => [queue, messages])));
    // What is in the queues by then would make a smaller example fail for another's sake: nothing is shrunk.
    await fc.assert(fc.asyncProperty(forgery, run), { ...SEED, numRuns: RUNS, endOnFailure: true });

    await hold(onHold.told, "lift");
    expect((await system.ended(onHold.id)).state).toBe("succeeded");
    expect(await system.refundsOf(onHold.told.id.payment)).toHaveLength(1);
  },
  TIMEOUT_MS,
);

it("the good ones did travel in one batch with poison, in every queue that is not a dead-letter queue", () => {
  const shared = queuesSharedWithPoison(linesOf(system.logs), goodRows);
  expect(CONSUMED_QUEUES.filter((queue) => !queue.endsWith("-dlq") && !shared.has(queue))).toEqual([]);
});

it("every forged message was delivered, and answered", async () => {
  // Of those that leave no letter nothing else says when they are through.
  await waitFor(
    "every forged message to be answered",
    async () => {
      const lines = linesOf(system.logs).filter(({ what }) => what === "message.handled");
      return [...forgedByQueue].flatMap(([queue, forged]) => {
        const answered = new Set(lines.filter((one) => one.queue === queue).map(({ message }) => message));
        return answered.size < forged ? [`${queue}: ${answered.size} of ${forged}`] : [];
      });
    },
    (missing) => missing.length === 0,
    30_000,
  );
});
