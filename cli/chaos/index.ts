import { noteLine, printJson, printLines } from "../print.ts";
import { createProgress, type Progress } from "../progress.ts";
import { INVARIANTS } from "./books.ts";
import { describeFindings } from "./describe.ts";
import { type Findings, runChaos, type Screen } from "./run.ts";

export type ChaosCommand = {
  events: number;
  seed: number;
  kills: number;
  faultRate: number;
  hostile?: true;
  json?: true;
};

/** The pipeline under faults and kills, then its books checked from outside. No credential of the environment is read. */
export async function chaos({ events, seed, kills, faultRate, hostile, json }: ChaosCommand): Promise<void> {
  const stopping = new AbortController();
  const interrupted = () => stopping.abort();
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  const screen = createScreen();
  try {
    const findings = await runChaos(
      { events, seed, kills, faultRate, hostile: hostile === true },
      screen,
      stopping.signal,
    );
    screen.end();
    const summary = summarise(findings, events);
    printLines(describeFindings(findings, seed));
    if (json === true) printJson(summary);
    process.exitCode =
      INVARIANTS.every((name) => summary[name] === 0) && findings.sent.wronglyRefused.length === 0 ? 0 : 1;
  } finally {
    screen.end();
  }
}

export function summarise({ kills, faults, broken, durationMs }: Findings, events: number) {
  const count = (invariant: (typeof INVARIANTS)[number]) => broken.filter((one) => one.invariant === invariant).length;
  return {
    events,
    kills,
    faults,
    lost: count("lost"),
    doubleExecuted: count("doubleExecuted"),
    overRefunded: count("overRefunded"),
    unaccounted: count("unaccounted"),
    durationMs: Math.round(durationMs),
  };
}

function createScreen(): Screen & { end(): void } {
  let bar: Progress | null = null;
  let label = "";
  const end = () => {
    bar?.end();
    bar = null;
    label = "";
  };
  return {
    say(line) {
      end();
      noteLine(line);
    },
    progress(name, done, total, note) {
      if (name !== label) {
        end();
        label = name;
        bar = createProgress(name);
      }
      bar?.update(done, total, note);
    },
    end,
  };
}
