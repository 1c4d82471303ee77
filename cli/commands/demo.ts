import { DAY_MS } from "../../shared/core/time.ts";
import { generateDay } from "../../simulators/day/index.ts";
import { findUnagreed, findWrongs, type Summary, summarise } from "../demo/books.ts";
import { type Delivered, deliver } from "../demo/deliver.ts";
import { describeSummary } from "../demo/describe.ts";
import { look, type Quiet, untilQuiet, waitingIn } from "../demo/settle.ts";
import { sampleStories } from "../demo/stories.ts";
import { findWrongChanges } from "../demo/subscription-books.ts";
import { findUnsettled, storedIds } from "../demo/walk.ts";
import { describeEntry, entryOf } from "../logs/entry.ts";
import { noteLine, printJson, printLines } from "../print.ts";
import { createProgress } from "../progress.ts";
import { loadObjects } from "../samples.ts";
import { type Stack, startStack } from "../stack/index.ts";
import { listenForStop, orStopped, Stopped } from "../stopping.ts";
import { takeCredentials } from "../take-credentials.ts";
import { makeTemporary } from "../temporary.ts";

/** The days between two tries at a failed payment become seconds. */
const RETRY_DELAY_SCALE = 0.000_01;
const SWEEP_MS = 1_000;

/** Starts everything on a temporary state directory with stand-ins. It reads no credentials from the environment. */
export async function demo(options: { events: number; seed: number; json?: true }): Promise<void> {
  const stopping = listenForStop(takeCredentials(process.env));
  const { path: stateDir, remove } = await makeTemporary("demo");
  let stack: Stack | null = null;
  try {
    noteLine("Claude and Stripe are stand-ins here: no model is asked, no money moves, nothing leaves this machine.");
    stack = await startStack({
      stateDir,
      retryDelayScale: RETRY_DELAY_SCALE,
      vars: { SWEEP_MS: String(SWEEP_MS) },
      signal: stopping.signal,
      onLog: (log) =>
        log.level === "error" && !stopping.signal.aborted ? noteLine(describeEntry(entryOf(log))) : undefined,
    });
    process.exitCode = await orStopped(run(stack, options), stopping.signal);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    process.exitCode = error.exitCode;
    noteLine(error.message);
  } finally {
    await stack?.stop();
    remove();
    stopping.end();
  }
  // What was under way when it was interrupted may still wait for an answer.
  if (stopping.signal.aborted) process.exit();
}

async function run(
  stack: Stack,
  { events, seed, json }: { events: number; seed: number; json?: true },
): Promise<number> {
  const day = generateDay({ events, seed, startAt: Date.now() - DAY_MS, subscriptions: true });
  if (stack.stripeUrl !== null) await loadObjects(stack.stripeUrl, day);
  const before = (await look(stack)).books;
  const begunAt = performance.now();
  const sending = createProgress("sending ");
  const delivered = await deliver(day.stream, stack, (sent) => sending.update(sent, day.stream.length));
  sending.end();
  const quiet = await settle(stack, boundMs(events));
  const durationMs = performance.now() - begunAt;
  const unsettled = await findUnsettled(stack, storedIds(day.stream, delivered.idByBody));
  const summary = summarise(delivered, { ...quiet, unsettled }, durationMs);
  const wrongs = [
    ...findWrongs(before, quiet.books, quiet.totals),
    ...findUnagreed(day.objects, quiet.books),
    ...findWrongChanges(day.changes, quiet.books, quiet.totals),
  ];
  const stories = await sampleStories(stack, day.stream, delivered.idByBody);
  printLines(describeSummary(summary, { delivered, wrongs, stories, isQuiet: quiet.isQuiet }));
  if (json === true) printJson(summary);
  return isGood(summary, delivered, wrongs) ? 0 : 1;
}

/** Generous, because a machine may be slow. What has not settled by then counts as lost. */
const boundMs = (events: number) => 90_000 + events * 100;

async function settle(stack: Stack, bound: number): Promise<Quiet> {
  const settling = createProgress("settling");
  const quiet = await untilQuiet(stack, bound, (totals) =>
    settling.update(
      Math.max(0, totals.accepted - waitingIn(totals)),
      totals.accepted,
      `${totals.waiting.actions} actions under way`,
    ),
  );
  settling.end();
  return quiet;
}

function isGood({ lost }: Summary, { wronglyRejected }: Delivered, wrongs: string[]): boolean {
  return lost === 0 && wrongs.length === 0 && wronglyRejected.length === 0;
}
