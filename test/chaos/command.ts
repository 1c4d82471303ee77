import { noteLine, printJson, printLines } from "../../cli/print.ts";
import { createProgress, type Progress } from "../../cli/progress.ts";
import { listenForStop, Stopped } from "../../cli/stopping.ts";
import { takeCredentials } from "../../cli/take-credentials.ts";
import { countActs } from "./crew/index.ts";
import { describeFindings } from "./describe.ts";
import type { Envelope } from "./hostile.ts";
import type { Invariant } from "./invariants.ts";
import { type Findings, hasCrew, runChaos, type Screen } from "./run.ts";

export type ChaosCommand = {
  events: number;
  seed: number;
  kills: number;
  faultRate: number;
  hostile?: true;
  json?: true;
};

/** The pipeline under faults and kills, then its books checked from outside. No credential of the environment is read. */
export async function chaos({ events, seed, json, ...given }: ChaosCommand): Promise<void> {
  const hostile = given.hostile === true;
  const kills = given.kills ?? (hostile ? 0 : 5);
  const faultRate = given.faultRate ?? (hostile ? 0 : 0.2);
  const stopping = listenForStop(takeCredentials(process.env));
  const screen = createScreen();
  try {
    screen.say("Claude and Stripe are stand-ins here: no model is asked, no money moves.");
    const findings = await runChaos({ events, seed, kills, faultRate, hostile }, screen, stopping.signal);
    screen.end();
    printLines(describeFindings(findings, seed));
    if (json === true) printJson(summarise(findings, events));
    const { isQuiet, broken, sent } = findings;
    const isEmpty = provesNothing(findings, { events, hostile });
    if (isEmpty) noteLine("Nobody approved anything: this run proves nothing about approvals.");
    process.exitCode = isQuiet && !isEmpty && broken.length + sent.wronglyRefused.length === 0 ? 0 : 1;
  } catch (error) {
    screen.end();
    // What failed because of the signal is no failure of the pipeline.
    const { reason } = stopping.signal;
    if (!(reason instanceof Stopped)) throw error;
    noteLine(reason.message);
    process.exit(reason.exitCode);
  } finally {
    screen.end();
    stopping.end();
  }
}

/** People were to approve, and nobody did. */
export const provesNothing = (
  { evidence }: Pick<Findings, "evidence">,
  given: { events: number; hostile: boolean },
): boolean => hasCrew(given) && countActs(evidence.acts.crew).approvals === 0;

export function summarise({ kills, faults, done, broken, evidence, hostile, durationMs }: Findings, events: number) {
  const count = (invariant: Invariant) => broken.filter((one) => one.invariant === invariant).length;
  return {
    events,
    kills,
    faults: { ...faults, ...done },
    lost: count("lost"),
    doubleExecuted: count("doubleExecuted"),
    overRefunded: count("overRefunded"),
    unaccounted: count("unaccounted"),
    ...(hostile === null
      ? {}
      : { outsidePolicy: count("outsidePolicy"), loss: hostile.loss, envelope: envelopeOf(hostile.envelopes) }),
    durationMs: Math.round(durationMs),
    executedOnHold: count("executedOnHold"),
    mergedConflicts: count("mergedConflicts"),
    brokenByRotation: count("brokenByRotation"),
    bankFailedUnseen: count("bankFailedUnseen"),
    unmeant: count("unmeant"),
    stoppedHonest: count("stoppedHonest"),
    unapproved: count("unapproved"),
    approvedLost: count("approvedLost"),
    ...countActs(evidence.acts.crew),
  };
}

const envelopeOf = (envelopes: readonly Envelope[]) =>
  Object.fromEntries(envelopes.map(({ scope, fullestCents, limitCents }) => [scope, { fullestCents, limitCents }]));

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
