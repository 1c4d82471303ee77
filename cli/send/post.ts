import type { CutReceipt, Receipt } from "../../shared/contracts/http.ts";
import { explainRefusal, noDoor, type Target } from "../client.ts";
import { UserError } from "../errors.ts";
import { type Answer, ask, pause } from "../http.ts";
import type { Rejected } from "./bad-lines.ts";
import { type Chunk, TOO_LONG } from "./piece.ts";

export type Sent = { accepted: number; duplicates: number; conflicts: number; rejected: Rejected[] };

export type PostOptions = {
  lane: "live" | "batch";
  /** Ends waits early; a request that is under way is awaited. */
  stopping: AbortSignal;
  onWait: (why: string, waitMs: number) => void;
  /** The first wait between tries; it doubles with each. */
  firstWaitMs?: number;
};

const ROUNDS = 8;

/** Sends one chunk until every line has an answer. Retryable lines are sent again. Throws a UserError if some stay unanswered. */
export async function postChunk(target: Target, chunk: Chunk, options: PostOptions): Promise<Sent> {
  const sent: Sent = {
    accepted: 0,
    duplicates: 0,
    conflicts: 0,
    rejected: chunk.tooLong.map((line) => ({ line, error: TOO_LONG })),
  };
  let lines = chunk.lines;
  let tries = 0;
  while (lines.length > 0) {
    const { receipt, read } = await post(target, lines, options);
    sent.accepted += receipt.accepted;
    sent.duplicates += receipt.duplicates;
    sent.conflicts += receipt.conflicts;
    const again: typeof lines = [];
    for (const { line: position, error, retryable } of receipt.rejected.lines) {
      const line = lines[position - 1];
      if (line === undefined) throw new UserError(`the answer names line ${position} of ${lines.length}`);
      if (retryable === true) again.push(line);
      else sent.rejected.push(rejectedOf(line, error));
    }
    lines = [...again, ...lines.slice(read)];
    // A door that stopped early got further: what it has not read is sent at once, and that is no other try.
    if (again.length === 0) continue;
    if (++tries >= ROUNDS || options.stopping.aborted)
      throw new UserError(`the ledger does not answer for ${again.length} line(s)`);
    const waitMs = Math.min(5_000, (options.firstWaitMs ?? 300) * 2 ** (tries - 1));
    options.onWait(`${again.length} line(s) were not accepted`, waitMs);
    await pause(waitMs, options.stopping);
  }
  sent.rejected.sort((a, b) => a.line - b.line);
  return sent;
}

const rejectedOf = ({ line, element }: Chunk["lines"][number], error: string): Rejected =>
  element === undefined ? { line, error } : { line, element, error };

/** `read`: how many of the lines are answered. The others are to be sent in another request. */
type Answered = { receipt: Receipt; read: number };

async function post({ url, key }: Target, lines: Chunk["lines"], options: PostOptions): Promise<Answered> {
  const newline = Buffer.from("\n");
  const answer = await ask(
    `${url}/v1/events${options.lane === "batch" ? "?lane=batch" : ""}`,
    {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" },
      body: Buffer.concat(lines.flatMap(({ bytes }) => [bytes, newline])),
    },
    { tries: options.stopping.aborted ? 1 : ROUNDS, firstWaitMs: options.firstWaitMs ?? 300, onWait: options.onWait },
  );
  if (answer.status === 202) return { receipt: answer.value as Receipt, read: lines.length };
  const cut = cutOf(answer);
  if (cut !== null) return cut;
  if (answer.status === 404) throw new UserError(noDoor(url, "ingest", "COUNTERSIGN_URL"));
  throw new UserError(explainRefusal(answer, "INGEST_KEY"));
}

/** A refusal of the rest that says from which line to go on; null for any other, and where nothing was read. */
function cutOf({ status, value }: Answer): Answered | null {
  if (status !== 413 || value === null) return null;
  const { continueFrom = 1, accepted, duplicates, conflicts, rejected } = value as Partial<CutReceipt>;
  if (continueFrom <= 1 || rejected === undefined) return null;
  return {
    receipt: { accepted: accepted ?? 0, duplicates: duplicates ?? 0, conflicts: conflicts ?? 0, rejected },
    read: continueFrom - 1,
  };
}
