import type { AuditActs, AuditFinding, AuditHead, AuditVerified, KeptHead } from "../../shared/contracts/audit.ts";
import { sleep } from "../../shared/core/time.ts";
import { callConsole, consoleTarget, type Target } from "../client.ts";
import { UserError } from "../errors.ts";
import { printJson, printLines } from "../print.ts";
import { createProgress } from "../progress.ts";
import type { Environment } from "../settings.ts";
import { commandOf } from "../shell.ts";
import { stopOnSignal } from "../stop-on-signal.ts";
import { visible } from "../visible.ts";
import { keptHead } from "./kept-head.ts";

/** A request reads a thousand entries, and repeating it is safe. */
const PATIENCE = { tries: 8, firstWaitMs: 500 };
/** An entry stands in D1 a moment after its writer has it, so an end that is cut is read again. */
const CUT_TRIES = 4;
const CUT_WAIT_MS = 700;

/** `acts`: so many of the ledger's were looked for. `next` and `nextActs` null: the chain, and the acts, were read to the end. */
type Reading = {
  entries: number;
  acts: number;
  head: AuditHead | null;
  findings: AuditFinding[];
  more: number;
  next: string | null;
  isWhole: boolean;
};

/**
 * Reads the whole chain, then looks for each act of the ledger in it. It exits with 1 where something is wrong, and with 130
 * where it was interrupted.
 */
export async function verify(env: Environment, options: { from?: string; since?: string; json?: true }): Promise<void> {
  const kept = options.since === undefined ? null : await keptHead(options.since);
  const reading = await readAll(options.from ?? null, kept, consoleTarget(env), stopOnSignal());
  const { entries, acts, head, findings, next, isWhole } = reading;
  const ok = findings.length === 0 && isWhole;
  if (options.json === true) printJson({ entries, acts, ok, findings, head, ...(next === null ? {} : { next }) });
  else printLines(linesOf(reading));
  if (findings.length > 0) process.exitCode = 1;
  else if (!isWhole) process.exitCode = 130;
}

function linesOf({ entries, acts, head, findings, more, next, isWhole }: Reading): string[] {
  const read = `${entries} ${entries === 1 ? "entry" : "entries"} read, and ${acts} ${acts === 1 ? "act" : "acts"} of the ledger`;
  const wrong = findings.map(({ says }) => visible(says));
  return [
    ...wrong,
    ...(more > 0 ? [`and ${more} more`] : []),
    findings.length > 0
      ? `${read}: the audit does not verify. docs/runbook.md says what to do.`
      : `${read}${isWhole ? ": the audit verifies" : ", and nothing is wrong so far"}`,
    ...(head === null ? [] : [`its head: ${JSON.stringify(head)}`]),
    ...(next === null ? [] : [howToGoOn(next)]),
  ];
}

async function readAll(
  from: string | null,
  kept: KeptHead | null,
  target: Target,
  stopping: AbortSignal,
): Promise<Reading> {
  const progress = createProgress("verifying");
  const reading: Reading = { entries: 0, acts: 0, head: null, findings: [], more: 0, next: from, isWhole: false };
  const add = ({ findings, more }: Pick<AuditVerified, "findings" | "more">): void => {
    reading.findings.push(...findings);
    reading.more += more;
  };
  const count = (): string => (reading.findings.length === 0 ? "" : `${reading.findings.length} findings`);
  try {
    do {
      const page = await pageAt(reading.next, kept, target);
      reading.entries = page.done;
      reading.head = page.head;
      reading.next = page.next;
      add(page);
      progress.update(page.done, page.of, count());
    } while (reading.next !== null && !stopping.aborted);
    let place: string | null = null;
    while (reading.next === null && !stopping.aborted && !reading.isWhole) {
      const page: AuditActs = await actsAt(place, target);
      reading.acts += page.acts;
      add(page);
      progress.update(page.done, page.of, count());
      place = page.next;
      reading.isWhole = place === null;
    }
    return reading;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(why, reading.next === null ? null : howToGoOn(reading.next));
  } finally {
    progress.end();
  }
}

async function pageAt(cursor: string | null, kept: KeptHead | null, target: Target): Promise<AuditVerified> {
  const since = kept === null ? {} : { kept: `${kept.n}/${kept.hash}` };
  const asked = { query: { ...since, ...(cursor === null ? {} : { cursor }) } };
  for (let tries = 1; ; tries++) {
    const page = await callConsole(target, "GET /api/audit/verify", asked, PATIENCE);
    const isCut = page.findings.length === 1 && page.findings[0]?.what === "cut";
    if (!isCut || tries >= CUT_TRIES) return page;
    await sleep(CUT_WAIT_MS);
  }
}

const actsAt = async (cursor: string | null, target: Target): Promise<AuditActs> =>
  await callConsole(target, "GET /api/audit/acts", cursor === null ? {} : { query: { cursor } }, PATIENCE);

const howToGoOn = (next: string): string =>
  `go on with: ${commandOf({ command: "audit verify", options: { from: next } })}`;
