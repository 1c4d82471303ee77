import { describe, expect, it } from "vitest";
import { tableOf } from "../../../bench/command.ts";
import { differingCalls, median, quantile, ratios } from "../../../bench/figures.ts";
import { answerOf } from "../../../bench/fixed-answers.ts";
import { answerLengthOf } from "../../../bench/http-answer.ts";
import { CYCLE_LENGTH, eventLines, eventText, sendsIn } from "../../../bench/mixture.ts";
import { settingsOf } from "../../../bench/sides.ts";
import { readWorkerPlans } from "../../../cli/stack/workers.ts";
import { routeOf } from "../../../shared/policy/facts.ts";
import { readElement } from "../../../workers/ingest/element.ts";
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
    const agents = routes.filter((route) => route.kind === "triggers" && route.decides === "agent");
    const requests = routes.filter((route) => route.kind === "triggers" && route.fact === "request");
    const nones = routes.filter(({ kind }) => kind === "none");
    expect([nones.length, agents.length - requests.length, requests.length]).toEqual([12, 7, 1]);
  });

  it("counts one call that moves money for every event that rules do not decide", () => {
    expect(sendsIn(CYCLE_LENGTH)).toBe(8);
    expect(sendsIn(3 * CYCLE_LENGTH)).toBe(24);
    expect(sendsIn(0)).toBe(0);
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
  const signal = AbortSignal.timeout(10_000);
  const call = { key: "act_0:0", actionId: "act_0", signal };

  it("answers reads so that each kind of story may go on: owed, held or refundable", async () => {
    const owed = await stripe.find({ kind: "invoice", id: "in_renewal1" }, signal);
    expect(owed).toMatchObject({
      ok: true,
      value: {
        payment: "pi_renewal1",
        customer: "cus_renewal1",
        status: "unpaid",
        invoiceState: { status: "open", nextAttemptAt: null },
      },
    });
    const held = await stripe.find({ kind: "payment", id: "pi_held1" }, signal);
    expect(held).toMatchObject({ ok: true, value: { status: "held", capturableMinor: 4250 } });
    const paid = await stripe.find({ kind: "payment", id: "pi_refund1" }, signal);
    expect(paid).toMatchObject({
      ok: true,
      value: { status: "paid", capturedMinor: 4250, refundedMinor: 0, disputed: false },
    });
    expect(await stripe.refundsOf("pi_refund1", signal)).toEqual({ ok: true, value: [] });
  });

  it("answers every call that moves money as done", async () => {
    const done = { kind: "done", pending: false };
    expect(await stripe.retryPayment({ invoice: "in_renewal1" }, call)).toMatchObject(done);
    expect(await stripe.retryPayment({ payment: "pi_failed1" }, call)).toMatchObject(done);
    expect(await stripe.authorize({ variant: "capture", payment: "pi_held1", amountMinor: 4250 }, call)).toMatchObject(
      done,
    );
    expect(await stripe.refund({ payment: "pi_refund1", amountMinor: 425, currency: "usd" }, call)).toMatchObject({
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
    expect(JSON.parse(message.content[0]?.text ?? "null")).toMatchObject({ action });
  });
});

describe("the bare side", () => {
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
    const table = tableOf({ pipeline: { eventsPerSecond: 200, ratioToBare: 0.5 } });
    expect(table).toMatch(/pipeline, events\/s +200\n/);
    expect(table).not.toContain("ingest");
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
