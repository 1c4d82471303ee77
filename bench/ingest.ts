import { runScript } from "./child.ts";
import { type Pair, ratios, rounded, spreadOf, spreadText } from "./figures.ts";
import type { LoadPlan, LoadResult } from "./load.ts";
import { type Sides, startSides } from "./sides.ts";

export type IngestFigures = { requestsPerSecond: number; ratioToBare: number; p99RatioToBare: number };
export type IngestOptions = { seconds: number; rounds: number; connections: number; say: (line: string) => void };

const WARM_UP_MS = 700;
/** Long, because without consumers every event becomes overdue, and the pump's rings are not to be measured. */
const SWEEP_MS = 600_000;

/** Measures single events over keep-alive connections: ours stores them in the ledger and rings, bare only enqueues them. */
export async function measureIngest(options: IngestOptions): Promise<IngestFigures> {
  const sides = await startSides({ consumers: "none", sweepMs: SWEEP_MS });
  try {
    const pairs: Pair<LoadResult>[] = [];
    await roundOf(sides, "warm", options);
    for (let round = 1; round <= options.rounds; round++) {
      const pair = await roundOf(sides, `r${round}`, options);
      pairs.push(pair);
      options.say(`ingest ${round}/${options.rounds}: ours ${describe(pair.ours)}; bare ${describe(pair.bare)}`);
    }
    return figuresOf(pairs, options.say);
  } finally {
    await sides.stop();
  }
}

async function roundOf(
  { oursUrl, bareUrl, stack }: Sides,
  run: string,
  options: IngestOptions,
): Promise<Pair<LoadResult>> {
  const plan = {
    key: stack.keys.INGEST_KEY,
    connections: options.connections,
    warmUpMs: WARM_UP_MS,
    measureMs: options.seconds * 1000,
  };
  const bare = await load({ ...plan, url: bareUrl, run: `bare${run}` });
  const ours = await load({ ...plan, url: oursUrl, run: `ours${run}` });
  return { ours, bare };
}

async function load(plan: LoadPlan): Promise<LoadResult> {
  const result = await runScript<LoadResult>("load.ts", plan);
  if (result.refused > 0)
    throw new Error(`${plan.url} refused ${result.refused} events under load, the first with: ${result.firstRefusal}`);
  if (result.requests === 0) throw new Error(`${plan.url} answered nothing under load`);
  return result;
}

const perSecond = ({ requests, seconds }: LoadResult): number => requests / seconds;

function figuresOf(pairs: Pair<LoadResult>[], say: (line: string) => void): IngestFigures {
  const rate = spreadOf(pairs.map(({ ours }) => perSecond(ours)));
  const bareRate = spreadOf(pairs.map(({ bare }) => perSecond(bare)));
  const ratio = ratios(pairs, perSecond);
  const p99Ratio = ratios(pairs, ({ p99Ms }) => p99Ms);
  say(
    `ingest: ours ${spreadText(rate)} requests/s, bare ${spreadText(bareRate)}; ratio ${spreadText(ratio)}; p99 ratio ${spreadText(p99Ratio)}`,
  );
  return {
    requestsPerSecond: rounded(rate.median),
    ratioToBare: rounded(ratio.median),
    p99RatioToBare: rounded(p99Ratio.median),
  };
}

const describe = (result: LoadResult): string =>
  `${rounded(perSecond(result))}/s, p50 ${rounded(result.p50Ms)} ms, p99 ${rounded(result.p99Ms)} ms`;
