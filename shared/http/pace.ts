import type { BoundedLog } from "./bounded-log.ts";
import { openChunks } from "./chunks.ts";
import type { Room } from "./room.ts";

/**
 * How long a door waits for its sender: `idleMs` for the next part of a body, `patienceMs` in all. Each part gives back the
 * time that its bytes take at `bytesPerSecond`; at 0 nothing is given back. The time in which we store does not count.
 */
export type Pace = { idleMs: number; patienceMs: number; bytesPerSecond: number };

/** `whole`: a body that is read into memory. `streamed`: a file of any length, which goes on for as long as it moves. */
export type Paces = { whole: Pace; streamed: Pace };

export const PACES: Paces = {
  whole: { idleMs: 10_000, patienceMs: 30_000, bytesPerSecond: 0 },
  streamed: { idleMs: 10_000, patienceMs: 30_000, bytesPerSecond: 1_000 },
};

/**
 * What a door needs to read a body. `cutShort`: logs senders who stall or go away, a bounded number of lines. `room`: shared
 * by the long bodies of senders who are not authenticated yet; null for one who is.
 */
export type Reading = { paces?: Paces; now(): number; cutShort: BoundedLog; room?: Room | null };

/** Why a body ended before its end: its sender let us wait too long, or is gone. */
export type Cut = "stalled" | "aborted";

/** The rest of a body that was cut is not heard, so that it costs nothing. */
export const isCut = (part: Uint8Array | Cut): part is Cut => part === "stalled" || part === "aborted";

/** The chunks of a body as they arrive; a cut is the last one. If the caller stops early, the rest stays unread. */
export async function* readPaced(
  body: ReadableStream<Uint8Array>,
  pace: Pace,
  now: () => number,
): AsyncGenerator<Uint8Array | Cut, void, void> {
  const reader = openChunks(body);
  let patienceMs = pace.patienceMs;
  let isLocked = false;
  try {
    while (true) {
      const begunAt = now();
      const part = await within(Math.min(pace.idleMs, patienceMs), reader.read());
      if (part === null) return;
      if (isCut(part)) {
        // It stays locked: nobody drains what nobody sends.
        isLocked = true;
        reader.cancel().catch(() => {});
        yield part;
        return;
      }
      const left = patienceMs - (now() - begunAt);
      const earned = pace.bytesPerSecond === 0 ? 0 : (part.byteLength * 1_000) / pace.bytesPerSecond;
      patienceMs = Math.max(0, Math.min(pace.patienceMs, left + earned));
      yield part;
    }
  } finally {
    if (!isLocked) reader.releaseLock();
  }
}

/** What is read within this time. A body that cannot be read any more has lost its sender. */
export async function within<T>(delayMs: number, read: Promise<T>): Promise<T | Cut> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stalled = new Promise<"stalled">((resolve) => {
    timer = setTimeout(() => resolve("stalled"), delayMs);
  });
  const aborted = (): "aborted" => "aborted";
  try {
    return await Promise.race([read.catch(aborted), stalled]);
  } finally {
    clearTimeout(timer);
  }
}
