import type { RebuildReceipt } from "../../shared/contracts/recorded.ts";
import { callConsole, consoleTarget, type Target } from "../client.ts";
import { UserError } from "../errors.ts";
import { printJson, printLines } from "../print.ts";
import { createProgress } from "../progress.ts";
import type { Environment } from "../settings.ts";
import { commandOf } from "../shell.ts";
import { stopOnSignal } from "../stop-on-signal.ts";

type Restored = RebuildReceipt["restored"];
type Reached = { restored: Restored; unproven: string[]; next: string | null };

/** A request may last some seconds, and repeating it is safe. */
const PATIENCE = { tries: 8, firstWaitMs: 500 };

/**
 * Writes D1 again from the ledger, request by request. What was written stays when it is interrupted; the next one goes on
 * with `--from`, or reads all of it again.
 */
export async function rebuild(env: Environment, options: { from?: string; json?: true }): Promise<void> {
  const stopping = stopOnSignal();
  const { restored, unproven, next } = await rebuildFrom(options.from ?? null, consoleTarget(env), stopping);
  printLines([
    `${describeRestored(restored)}${next === null ? "" : "; not all has been read"}`,
    ...unproven.map(sayUnproven),
    ...(next === null ? [] : [howToGoOn(next)]),
  ]);
  if (options.json === true) printJson({ restored, unproven, next });
  // 130: interrupted, as after SIGINT.
  if (next !== null) process.exitCode = 130;
}

async function rebuildFrom(from: string | null, target: Target, stopping: AbortSignal): Promise<Reached> {
  const progress = createProgress("rebuilding");
  let reached: Reached = { restored: { cases: 0, deadLetters: 0, acts: 0, audit: 0 }, unproven: [], next: from };
  try {
    do {
      const receipt = await pageAt(reached.next, target);
      const unproven = [...reached.unproven, ...receipt.unproven];
      reached = { restored: sumOf(reached.restored, receipt.restored), unproven, next: receipt.next };
      progress.update(receipt.done, receipt.of, describeRestored(reached.restored));
    } while (reached.next !== null && !stopping.aborted);
    return reached;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(why, reached.next === null ? null : howToGoOn(reached.next));
  } finally {
    progress.end();
  }
}

const pageAt = (cursor: string | null, target: Target): Promise<RebuildReceipt> =>
  callConsole(target, "POST /api/records/rebuild", { body: cursor === null ? {} : { cursor } }, PATIENCE);

const sumOf = (a: Restored, b: Restored): Restored => ({
  cases: a.cases + b.cases,
  deadLetters: a.deadLetters + b.deadLetters,
  acts: a.acts + b.acts,
  audit: a.audit + b.audit,
});

const describeRestored = ({ cases, deadLetters, acts, audit }: Restored): string =>
  `restored ${cases} cases, ${deadLetters} dead letters, ${acts} acts of people, ${audit} entries of the audit`;

/** An act in the ledger, or a row of D1. */
const sayUnproven = (id: string): string =>
  id.startsWith("act:")
    ? `refused ${id}: the console has not proven this act about a person, and nothing was written from it. Find out who can write to the ledger.`
    : `removed the row of ${id}: the console has not proven it; what acts of ours say of them was written anew. Find out who can write to D1.`;

/** Quoted for a shell: the place has an id that a sender may have chosen. */
const howToGoOn = (next: string): string =>
  `go on with: ${commandOf({ command: "records rebuild", options: { from: next } })}`;
