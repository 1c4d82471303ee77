import { afterEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import bareClassifier from "../../../bench/bare/classifier.ts";
import bareExecutor from "../../../bench/bare/executor.ts";
import type { BareAction, BareEvent } from "../../../bench/bare/runtime.ts";
import { tableOf } from "../../../bench/command.ts";
import { byCall, cpuMsIn, perEvent, sumOf } from "../../../bench/cost.ts";
import { differingCalls, median, quantile, ratios } from "../../../bench/figures.ts";
import { answerOf } from "../../../bench/fixed-answers.ts";
import { answerLengthOf } from "../../../bench/http-answer.ts";
import { CYCLE_LENGTH, eventLines, eventText, sendsIn } from "../../../bench/mixture.ts";
import { REFUND_MINOR } from "../../../bench/objects.ts";
import { settingsOf } from "../../../bench/sides.ts";
import { readWorkerPlans } from "../../../cli/stack/workers.ts";
import { router } from "../../../shared/agents/router.ts";
import { readEvent } from "../../../shared/agents/text/reading.ts";
import { doubtAgainst } from "../../../shared/contracts/words.ts";
import { deciderOf, routeOf } from "../../../shared/policy/facts.ts";
import { DEFAULT_PROVIDER } from "../../../shared/providers/registry.ts";
import { readElement } from "../../../workers/ingest/element.ts";
import { policy } from "../../helpers/policy.ts";
import { stripeProvider } from "../../helpers/stripe.ts";

const events = Array.from({ length: CYCLE_LENGTH }, (_, index) => {
  const text = eventText("t1", index);
  const read = readElement(JSON.parse(text), text, null);
  if (!read.ok) throw new Error(read.error);
  return read.value.event;
});

describe("the mixture", () => {
  it("is 60% decided by rules, 35% structured facts for Claude and 5% requests in words, as our own routing sees it", () => {
    const routes = events.map(routeOf);
    const agents = routes.filter(
      (route) => route.kind === "triggers" && deciderOf(route.fact, policy.guardrails) === "agent",
    );
    const requests = routes.filter((route) => route.kind === "triggers" && route.fact === "request");
    const nones = routes.filter(({ kind }) => kind === "none");
    expect([nones.length, agents.length - requests.length, requests.length]).toEqual([12, 7, 1]);
  });

  it("counts one call that moves money for every event that rules do not decide", () => {
    expect(sendsIn(CYCLE_LENGTH)).toBe(8);
    expect(sendsIn(3 * CYCLE_LENGTH)).toBe(24);
    expect(sendsIn(0)).toBe(0);
  });

  it("asks for a refund whose amount no word leaves open: a run waits until it is made", () => {
    const [request] = events.filter(({ type }) => type === "countersign.request");
    if (request === undefined) throw new Error("the mixture has no request");
    const reading = readEvent(request, DEFAULT_PROVIDER.ids);
    expect(doubtAgainst("refund", reading)).toBeNull();
    expect(reading).toMatchObject({ amounts: [{ amountMinor: REFUND_MINOR, isAsked: true }], asks: true });
  });

  it("has no two equal events, within a run and between runs", () => {
    const lines = ["a", "b"].flatMap((run) => eventLines(run, 200).trim().split("\n"));
    const ids = lines.map((line) => (JSON.parse(line) as { id: string }).id);
    expect(new Set(ids).size).toBe(400);
  });

  it("names every payment, invoice and customer only once in a run", () => {
    const subjects = events.map(({ customer }) => customer);
    expect(new Set(subjects).size).toBe(CYCLE_LENGTH);
  });
});

describe("the fixed server", () => {
  const fetchFixed = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = new URL(String(input));
    const answer = answerOf(init?.method ?? "GET", url.pathname + url.search, String(init?.body ?? ""));
    return answer === null
      ? Response.json({ error: { type: "invalid_request_error", message: "no route" } }, { status: 404 })
      : new Response(answer.body, { headers: { "content-type": "application/json" } });
  };
  const stripe = stripeProvider({
    apiKey: "sk_test_bench",
    baseUrl: "http://stripe.test",
    mode: "test",
    fetch: fetchFixed,
  });
  const at = { account: null, signal: AbortSignal.timeout(10_000) };
  const call = { key: "act_0:0", actionId: "act_0", ...at };

  it("answers reads so that each kind of story may go on: owed, held or refundable", async () => {
    const owed = await stripe.findToCollect(
      { kind: "invoice", id: "in_renewal1" },
      at,
      policy.guardrails.retry.oneOffMaxAgeMs,
    );
    expect(owed).toMatchObject({
      ok: true,
      value: {
        payment: "pi_renewal1",
        customer: "cus_renewal1",
        status: "unpaid",
        triedMethod: "pm_renewal1",
        invoiceState: {
          status: "open",
          nextAttemptAt: null,
          collection: "charged",
          isAttempted: true,
          method: "pm_renewal1",
        },
        subscription: { subscription: "sub_renewal1", status: "past_due", collection: "charged", pause: null },
      },
    });
    const failed = await stripe.findToCollect(
      { kind: "payment", id: "pi_failed1" },
      at,
      policy.guardrails.retry.oneOffMaxAgeMs,
    );
    expect(failed).toMatchObject({
      ok: true,
      value: {
        status: "unpaid",
        invoice: null,
        agreement: { isOffSession: true, method: "pm_failed1", isAttached: true, paidOtherwise: null },
      },
    });
    const held = await stripe.find({ kind: "payment", id: "pi_held1" }, at);
    expect(held).toMatchObject({ ok: true, value: { status: "held", capturableMinor: 4250 } });
    const paid = await stripe.findToRefund({ kind: "payment", id: "pi_refund1" }, at);
    expect(paid).toMatchObject({
      ok: true,
      value: {
        status: "paid",
        capturedMinor: 4250,
        refundedMinor: 0,
        refunds: [],
        invoiceParts: [],
        disputes: [],
        connect: { destination: null, isGrouped: false },
      },
    });
  });

  it("answers every call that moves money as done, with the amount that was meant", async () => {
    const done = { kind: "done", pending: false, amountMinor: 4250 };
    expect(
      await stripe.retryPayment({ invoice: "in_renewal1", paidMinor: 0, method: "pm_renewal1" }, call),
    ).toMatchObject(done);
    expect(await stripe.retryPayment({ payment: "pi_failed1", method: "pm_failed1" }, call)).toMatchObject(done);
    expect(await stripe.authorize({ variant: "capture", payment: "pi_held1", amountMinor: 4250 }, call)).toMatchObject(
      done,
    );
    const refund = {
      payment: "pi_refund1",
      amountMinor: 425,
      currency: "usd",
      reverseTransfer: false,
      refundFee: false,
    };
    expect(await stripe.refund(refund, call)).toMatchObject({
      ...done,
      amountMinor: 425,
    });
  });

  it("answers a call that the mixture never needs with nothing, so that a change of our calls is noticed", () => {
    expect(answerOf("GET", "/v1/charges/ch_1", "")).toBeNull();
    expect(answerOf("DELETE", "/v1/invoices/in_1", "")).toBeNull();
  });

  it.each([
    ["failed_renewal", "retry"],
    ["failed_payment", "retry"],
    ["held_authorization", "authorize"],
    ["request", "refund"],
    ["something_else", "escalate"],
  ])("proposes for the fact %s: %s", (fact, action) => {
    const body = JSON.stringify({
      messages: [{ role: "user", content: `<event>\n${JSON.stringify({ fact })}\n</event>` }],
    });
    const message = JSON.parse(answerOf("POST", "/v1/messages", body)?.body ?? "null") as {
      content: { text: string }[];
    };
    const answer: unknown = JSON.parse(message.content[0]?.text ?? "null");
    expect(answer).toMatchObject({ action });
    expect(router.schema.parse(answer)).toEqual(answer);
  });
});

describe("the bare side", () => {
  afterEach(() => vi.unstubAllGlobals());
  const outside = { STRIPE_API_BASE: "http://stripe.test", ANTHROPIC_BASE_URL: "http://claude.test" };

  /** One event through both bare Workers, before the fixed server. */
  async function runBare(text: string) {
    const calls: { path: string; body: string }[] = [];
    vi.stubGlobal("fetch", async (input: string, init?: RequestInit) => {
      const { pathname, search } = new URL(input);
      calls.push({ path: pathname, body: String(init?.body ?? "") });
      return new Response(answerOf(init?.method ?? "GET", pathname + search, String(init?.body ?? ""))?.body);
    });
    const batchOf = <Body>(body: Body) => ({ messages: [{ body, ack: () => {}, retry: () => calls.push(FAILED) }] });
    const queue = {
      send: async (action: unknown) => bareExecutor.queue(batchOf(action as BareAction), outside),
      sendBatch: async () => {},
    };
    const env = { ...outside, REFUND: queue, RETRY: queue, AUTHORIZE: queue };
    await bareClassifier.queue(batchOf(JSON.parse(text) as BareEvent), env);
    return { calls, asked: calls.find(({ path }) => path === "/v1/messages")?.body ?? "" };
  }
  const FAILED = { path: "failed", body: "" };

  it("refunds the amount of the event that Claude points at, as ours does", async () => {
    const index = events.findIndex((event) => event.type === "countersign.request");
    const { calls } = await runBare(eventText("t1", index));
    const refund = calls.find(({ path, body }) => path === "/v1/refunds" && body !== "");
    expect(new URLSearchParams(refund?.body).get("amount")).toBe(String(REFUND_MINOR));
    expect(events[index]).toMatchObject({ amountMinor: REFUND_MINOR, text: expect.stringContaining("$4.25") });
    expect(calls).not.toContain(FAILED);
  });

  it("asks Claude with our schema and a prompt of our length", async () => {
    const { asked } = await runBare(eventText("t1", 1));
    const { system, output_config } = JSON.parse(asked) as {
      system: [{ text: string }];
      output_config: { format: { schema: { properties: Record<string, { enum?: unknown }>; required: unknown } } };
    };
    const { properties, required } = output_config.format.schema;
    const ours = z.toJSONSchema(router.schema) as typeof output_config.format.schema;
    expect(required).toEqual(ours.required);
    const enums = (of: typeof properties) => Object.entries(of).map(([name, each]) => [name, each.enum]);
    const sorted = (of: typeof properties) => JSON.stringify(enums(of).map(([name, list]) => [name, setOf(list)]));
    expect(sorted(properties)).toBe(sorted(ours.properties));
    expect(Math.abs(system[0].text.length / router.prompt.length - 1)).toBeLessThan(0.05);
  });
  const setOf = (list: unknown): unknown => (Array.isArray(list) ? [...list].sort() : list);

  it("has the batch size and timeout of our own queues", () => {
    const plans = readWorkerPlans();
    expect(settingsOf(plans, "events")).toEqual({ maxBatchSize: 10, maxBatchTimeout: 0, maxRetries: 0 });
    expect(settingsOf(plans, "retry")).toEqual({ maxBatchSize: 20, maxBatchTimeout: 1, maxRetries: 0 });
    expect(() => settingsOf(plans, "nothing")).toThrow("no Worker consumes the queue nothing");
  });

  it("is said to differ where its outside calls differ from ours, also where one side never made the call", () => {
    expect(differingCalls({ claude: 4, "POST refunds": 1 }, { claude: 4, "POST refunds": 1 })).toEqual([]);
    expect(differingCalls({ claude: 4, "GET refunds": 1 }, { claude: 3 })).toEqual([
      "GET refunds: ours 1, bare 0",
      "claude: ours 4, bare 3",
    ]);
  });
});

describe("the figures", () => {
  it("take a ratio within each pair of rounds, so that a machine that slows down changes nothing", () => {
    const pairs = [1, 2, 4].map((slowness) => ({ ours: 300 / slowness, bare: 600 / slowness }));
    expect(ratios(pairs, (rate) => rate)).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
  });

  it("know the median of even and odd counts, and the nearest rank", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 7])).toBe(6);
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(quantile(hundred, 0.99)).toBe(99);
    expect(quantile(hundred, 0.5)).toBe(50);
    expect(quantile([3], 0.99)).toBe(3);
  });

  it("are shown only where they were measured", () => {
    const sql = { statements: 9.91, rowsRead: 4.85, rowsWritten: 5.54, bytesWritten: 6380 };
    const pipeline = { eventsPerSecond: 200, ratioToBare: 0.5, cpuMs: null, bareCpuMs: 0.8, sql };
    const table = tableOf({ pipeline });
    expect(table).toMatch(/pipeline, events\/s +200\n/);
    expect(table).toMatch(/CPU ms an event +unknown\n/);
    expect(table).toMatch(/SQL rows written an event +5.54\n/);
    expect(table).not.toContain("ingest");
  });
});

describe("the cost of an event", () => {
  it("is the processor time of user and system, whatever the process is called", () => {
    const stat = "42 (work) er d) S 1 42 42 0 -1 4194304 9000 0 0 0 120 34 0 0 20 0 8 0 1000 0 0";
    expect(cpuMsIn(stat)).toBe(1_540);
  });

  it("adds up what all shards did in SQLite, without the bench's own question", () => {
    const count = (n: number) => ({ statements: n, rowsRead: 2 * n, rowsWritten: 3 * n, bytesWritten: 4 * n });
    const calls = byCall([
      { accept: count(1), totals: count(9) },
      { accept: count(2), start: count(9) },
    ]);
    expect(calls).toEqual({ accept: count(3) });
    expect(perEvent(sumOf(calls), 3)).toEqual(count(1));
  });
});

describe("the load generator's reading of HTTP", () => {
  const head = "HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\n";
  it("waits for the whole body, and leaves what follows it", () => {
    expect(answerLengthOf("HTTP/1.1 202 Acc")).toBeNull();
    expect(answerLengthOf(`${head}hell`)).toBeNull();
    expect(answerLengthOf(`${head}hello`)).toBe(head.length + 5);
    expect(answerLengthOf(`${head}helloHTTP/1.1`)).toBe(head.length + 5);
  });

  it("reads chunks to their end", () => {
    const chunked = "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n";
    const whole = `${chunked}5\r\nhello\r\na\r\n0123456789\r\n0\r\n\r\n`;
    for (let length = 0; length < whole.length; length++) expect(answerLengthOf(whole.slice(0, length))).toBeNull();
    expect(answerLengthOf(whole)).toBe(whole.length);
  });

  it("refuses an answer whose end it could not know", () => {
    expect(() => answerLengthOf("HTTP/1.1 200 OK\r\nDate: x\r\n\r\n")).toThrow("without a length");
  });
});
