import type { Receipt } from "../../shared/contracts/http.ts";
import { explainRefusal, type Target } from "../client.ts";
import { UserError } from "../errors.ts";
import { ask, pause } from "../http.ts";
import type { Chunk } from "./chunks.ts";

export type Rejected = { line: number; error: string };
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
    rejected: chunk.tooLong.map((line) => ({ line, error: "the line is longer than 1 MB" })),
  };
  let lines = chunk.lines;
  for (let round = 1; lines.length > 0; round++) {
    const receipt = await post(target, lines, options);
    sent.accepted += receipt.accepted;
    sent.duplicates += receipt.duplicates;
    sent.conflicts += receipt.conflicts;
    const again: typeof lines = [];
    for (const { line: position, error, retryable } of receipt.rejected.lines) {
      const line = lines[position - 1];
      if (line === undefined) throw new UserError(`the answer names line ${position} of ${lines.length}`);
      if (retryable === true) again.push(line);
      else sent.rejected.push({ line: line.line, error });
    }
    lines = again;
    if (lines.length === 0) break;
    if (round >= ROUNDS || options.stopping.aborted)
      throw new UserError(`the ledger does not answer for ${lines.length} line(s)`);
    const waitMs = Math.min(5_000, (options.firstWaitMs ?? 300) * 2 ** (round - 1));
    options.onWait(`${lines.length} line(s) were not accepted`, waitMs);
    await pause(waitMs, options.stopping);
  }
  sent.rejected.sort((a, b) => a.line - b.line);
  return sent;
}

async function post({ url, key }: Target, lines: Chunk["lines"], options: PostOptions): Promise<Receipt> {
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
  if (answer.status === 202) return answer.value as Receipt;
  throw new UserError(explainRefusal(answer, "INGEST_KEY"));
}
