import { connect, type Socket } from "node:net";
import { quantile } from "./figures.ts";
import { answerLengthOf } from "./http-answer.ts";
import { eventText } from "./mixture.ts";

/**
 * The load generator, in a separate process: N keep-alive connections, each with one event at a time. It uses sockets and
 * prebuilt texts, because an HTTP client would cost more than what is measured.
 */
export type LoadPlan = {
  url: string;
  key: string;
  run: string;
  connections: number;
  warmUpMs: number;
  measureMs: number;
};
export type LoadResult = {
  requests: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  refused: number;
  firstRefusal: string | null;
};

type Meter = {
  isMeasuring: boolean;
  isOver: boolean;
  latenciesMs: number[];
  refused: number;
  firstRefusal: string | null;
};

function drive({ url, key, run }: LoadPlan, meter: Meter, next: () => number): Promise<void> {
  const { hostname, port, host } = new URL(url);
  const head = `POST /v1/events HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: `;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let sentAt = 0;
  let received = "";
  const send = () => {
    if (meter.isOver) return void socket.end(() => resolve());
    const body = eventText(run, next());
    sentAt = performance.now();
    socket.write(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  socket.setEncoding("latin1");
  socket.on("connect", send);
  socket.on("data", (part: string) => {
    received += part;
    const length = answerLengthOf(received);
    if (length === null) return;
    const status = received.slice(9, 12);
    if (status !== "202") {
      meter.refused++;
      meter.firstRefusal ??= received.slice(0, 500);
    } else if (meter.isMeasuring) meter.latenciesMs.push(performance.now() - sentAt);
    received = received.slice(length);
    send();
  });
  socket.on("error", reject);
  socket.on("close", () => (meter.isOver ? resolve() : reject(new Error(`${url} closed a connection under load`))));
  return promise;
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function load(plan: LoadPlan): Promise<LoadResult> {
  const meter: Meter = { isMeasuring: false, isOver: false, latenciesMs: [], refused: 0, firstRefusal: null };
  let sent = 0;
  const driven = Promise.all(Array.from({ length: plan.connections }, () => drive(plan, meter, () => sent++)));
  // A failed connection must end the measurement at once.
  await Promise.race([driven, pause(plan.warmUpMs)]);
  meter.isMeasuring = true;
  const startedAt = performance.now();
  await Promise.race([driven, pause(plan.measureMs)]);
  const seconds = (performance.now() - startedAt) / 1000;
  const latencies = meter.latenciesMs.slice().sort((a, b) => a - b);
  meter.isOver = true;
  await driven;
  const { refused, firstRefusal } = meter;
  return {
    requests: latencies.length,
    seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    refused,
    firstRefusal,
  };
}

const plan = JSON.parse(process.argv[2] ?? "") as LoadPlan;
// The parent's end closes this process's standard input, however it ended.
process.stdin.resume().on("close", () => process.exit(0));
process.stdout.write(`${JSON.stringify(await load(plan))}\n`, () => process.exit(0));
