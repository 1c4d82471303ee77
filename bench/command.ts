import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { printJson } from "../cli/print.ts";
import { listenForStop, orStopped, Stopped } from "../cli/stopping.ts";
import { takeCredentials } from "../cli/take-credentials.ts";
import { repositoryRoot } from "../cli/workers.ts";
import { type IngestFigures, measureIngest } from "./ingest.ts";
import { measurePipeline, type PipelineFigures } from "./pipeline.ts";

export type BenchPart = "ingest" | "pipeline";
export type BenchOptions = {
  only?: BenchPart;
  seconds: number;
  events: number;
  rounds: number;
  connections: number;
  json?: true;
};
export type BenchFigures = { ingest?: IngestFigures; pipeline?: PipelineFigures };

/** Measures ours and bare in one run on one machine. The ratios count; the absolute numbers depend on the machine. */
export async function bench(options: BenchOptions): Promise<void> {
  const stopping = listenForStop(takeCredentials(process.env));
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  for (const line of circumstances(options)) say(line);
  const figures = await orStopped(measure(options, say), stopping.signal).catch((error: unknown) => {
    const { reason } = stopping.signal;
    if (!(reason instanceof Stopped)) throw error;
    say(reason.message);
    // A round is not ended in order: what it has started is ended with this process, and its folder removed.
    return process.exit(reason.exitCode);
  });
  if (figures.pipeline !== undefined) say("pipeline.ratioToBullmq: skipped, the BullMQ side is not built yet");
  if (options.json === true) printJson(figures);
  else process.stdout.write(tableOf(figures));
  process.exit(0);
}

async function measure(options: BenchOptions, say: (line: string) => void): Promise<BenchFigures> {
  const figures: BenchFigures = {};
  if (options.only !== "pipeline") figures.ingest = await measureIngest({ ...options, say });
  if (options.only !== "ingest") figures.pipeline = await measurePipeline({ ...options, say });
  return figures;
}

function circumstances({ seconds, events, rounds, connections }: BenchOptions): string[] {
  const { devDependencies } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
    devDependencies: Record<string, string>;
  };
  return [
    `node ${process.versions.node}, miniflare ${devDependencies.miniflare}, wrangler ${devDependencies.wrangler}`,
    `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? "unknown"})`,
    `${rounds} rounds of each side, in turn, after a warm-up; medians (min–max); ratios within each pair of rounds`,
    `ingest: ${seconds} s a round, ${connections} connections, consumers idle; pipeline: ${events} events a round`,
  ];
}

/** One line per figure, for people. */
export function tableOf({ ingest, pipeline }: BenchFigures): string {
  const rows: [string, number | null][] = [
    ...(ingest === undefined
      ? []
      : ([
          ["ingest, requests/s", ingest.requestsPerSecond],
          ["ingest, throughput ÷ bare", ingest.ratioToBare],
          ["ingest, p99 ÷ bare", ingest.p99RatioToBare],
        ] satisfies [string, number][])),
    ...(pipeline === undefined
      ? []
      : ([
          ["pipeline, events/s", pipeline.eventsPerSecond],
          ["pipeline, throughput ÷ bare", pipeline.ratioToBare],
          ["CPU ms an event", pipeline.cpuMs],
          ["CPU ms an event, bare", pipeline.bareCpuMs],
          ["SQL statements an event", pipeline.sql.statements],
          ["SQL rows read an event", pipeline.sql.rowsRead],
          ["SQL rows written an event", pipeline.sql.rowsWritten],
          ["SQL bytes written an event", pipeline.sql.bytesWritten],
        ] satisfies [string, number | null][])),
  ];
  return rows.map(([what, value]) => `${what.padEnd(30)}${String(value ?? "unknown").padStart(10)}\n`).join("");
}
