import { callConsole } from "../cli/client.ts";
import { waitingIn } from "../cli/demo/settle.ts";
import { pause } from "../cli/http.ts";
import type { SqlCount, SqlCounts } from "../workers/ledger/sql-counts.ts";
import { byCall, cpuMsOf, linesOfCalls, perEvent, sumOf, textOf } from "./cost.ts";
import { differingCalls, median, type Pair, ratios, rounded, spreadOf, spreadText } from "./figures.ts";
import { eventLines, sendsIn } from "./mixture.ts";
import { type Sides, startSides } from "./sides.ts";

/** `cpuMs`, `bareCpuMs` and `sql` are per event. The processor time is workerd's; null where the system does not tell it. */
export type PipelineFigures = {
  eventsPerSecond: number;
  ratioToBare: number;
  cpuMs: number | null;
  bareCpuMs: number | null;
  sql: SqlCount;
};
export type PipelineOptions = { events: number; rounds: number; say: (line: string) => void };

type Counts = { moves: number; routes: Record<string, number> };
type Round = { eventsPerSecond: number; counts: Counts; cpuMs: number | null; sql: SqlCounts };

const WARM_UP_EVENTS = 200;
const LOOK_MS = 20;
const BOUND_MS = 300_000;
/** As in production, so that a lost message shows as a round that takes a minute. */
const SWEEP_MS = 30_000;

/** Measures from the first sent byte until nothing waits, including both queues and all outside calls. */
export async function measurePipeline(options: PipelineOptions): Promise<PipelineFigures> {
  const { events, rounds, say } = options;
  const sides = await startSides({ consumers: "attached", sweepMs: SWEEP_MS });
  try {
    await roundOf(sides, "warm", WARM_UP_EVENTS);
    const pairs: Pair<Round>[] = [];
    for (let round = 1; round <= rounds; round++) {
      const pair = await roundOf(sides, `r${round}`, events);
      pairs.push(pair);
      say(
        `pipeline ${round}/${rounds}: ours ${rounded(pair.ours.eventsPerSecond)} events/s, bare ${rounded(pair.bare.eventsPerSecond)}; ${outsideText(pair.ours.counts)}; ${textOf(perEvent(sumOf(pair.ours.sql), events))} an event`,
      );
    }
    return figuresOf(pairs, events, say);
  } finally {
    await sides.stop();
  }
}

/** How many outside calls a round made, and how many of them move money. */
function outsideText({ moves, routes }: Counts): string {
  const calls = Object.values(routes).reduce((sum, count) => sum + count, 0);
  return `${calls} outside calls, of which ${moves} move money`;
}

async function roundOf(sides: Sides, run: string, events: number): Promise<Pair<Round>> {
  const bare = await settle(sides, sides.bareUrl, eventLines(`bare${run}`, events), events, async () => true);
  const ours = await settle(sides, sides.oursUrl, eventLines(`ours${run}`, events), events, () => nothingWaits(sides));
  const differing = differingCalls(ours.counts.routes, bare.counts.routes);
  if (differing.length === 0) return { ours, bare };
  throw new Error(
    `the two sides did not make the same outside calls, so their times cannot be compared (${differing.join("; ")}). ` +
      "If our outside calls have changed, change bench/bare in the same way.",
  );
}

async function settle(
  sides: Sides,
  url: string,
  lines: string,
  events: number,
  isSettled: () => Promise<boolean>,
): Promise<Round> {
  const expected = sendsIn(events);
  await fetch(`${sides.outside.url}/_bench/reset`, { method: "POST" });
  await sqlOf(sides);
  const cpuBefore = cpuOf(sides);
  const startedAt = performance.now();
  await send(url, sides.stack.keys.INGEST_KEY, lines, events);
  let counts = await countsOf(sides);
  while (counts.moves < expected || !(await isSettled())) {
    if (performance.now() - startedAt > BOUND_MS) {
      throw new Error(
        `${url}: after ${BOUND_MS / 1000} s ${counts.moves} of ${expected} actions were executed: ${JSON.stringify(counts.routes)}`,
      );
    }
    await pause(LOOK_MS);
    counts = await countsOf(sides);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuAfter = cpuOf(sides);
  const cpuMs = cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / events;
  return { eventsPerSecond: events / seconds, counts, cpuMs, sql: byCall(await sqlOf(sides)) };
}

const sqlOf = async ({ countsUrl }: Sides): Promise<SqlCounts[]> =>
  (await fetch(countsUrl)).json() as Promise<SqlCounts[]>;

/** One workerd runs both sides, in turn. */
function cpuOf({ stack }: Sides): number | null {
  const [pid] = stack.pids().workerd;
  return pid === undefined ? null : cpuMsOf(pid);
}

async function send(url: string, key: string, lines: string, events: number): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" };
  const response = await fetch(`${url}/v1/events`, { method: "POST", headers, body: lines });
  const text = await response.text();
  const { accepted } = JSON.parse(text) as { accepted?: number };
  if (response.status !== 202 || accepted !== events)
    throw new Error(`${url} did not accept ${events} events: ${response.status} ${text.slice(0, 500)}`);
}

const countsOf = async ({ outside }: Sides): Promise<Counts> =>
  (await fetch(`${outside.url}/_bench/counts`)).json() as Promise<Counts>;

async function nothingWaits({ stack }: Sides): Promise<boolean> {
  const totals = await callConsole({ url: stack.consoleUrl, key: stack.keys.CONSOLE_TOKEN }, "GET /api/totals", {});
  return waitingIn(totals) === 0;
}

function figuresOf(pairs: Pair<Round>[], events: number, say: (line: string) => void): PipelineFigures {
  const rate = spreadOf(pairs.map(({ ours }) => ours.eventsPerSecond));
  const bareRate = spreadOf(pairs.map(({ bare }) => bare.eventsPerSecond));
  const ratio = ratios(pairs, ({ eventsPerSecond }) => eventsPerSecond);
  say(`pipeline: ours ${spreadText(rate)} events/s, bare ${spreadText(bareRate)}; ratio ${spreadText(ratio)}`);
  const last = pairs.at(-1)?.ours.sql ?? {};
  for (const line of linesOfCalls(last, events)) say(line);
  const medianOf = (of: (pair: Pair<Round>) => number): number => rounded(median(pairs.map(of)));
  const cpuOfSide = (side: keyof Pair<Round>): number | null => {
    const known = pairs.flatMap((pair) => pair[side].cpuMs ?? []);
    return known.length === 0 ? null : rounded(median(known));
  };
  const sqlFigure = (what: keyof SqlCount): number => medianOf(({ ours }) => perEvent(sumOf(ours.sql), events)[what]);
  return {
    eventsPerSecond: rounded(rate.median),
    ratioToBare: rounded(ratio.median),
    cpuMs: cpuOfSide("ours"),
    bareCpuMs: cpuOfSide("bare"),
    sql: {
      statements: sqlFigure("statements"),
      rowsRead: sqlFigure("rowsRead"),
      rowsWritten: sqlFigure("rowsWritten"),
      bytesWritten: sqlFigure("bytesWritten"),
    },
  };
}
