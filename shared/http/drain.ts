import { type ChunkReader, openChunks } from "./chunks.ts";

/** The answer waits until this much of the rest is read, or for this long. After READ_BYTES or READ_MS reading stops. */
const WAIT_BYTES = 16_777_216;
const WAIT_MS = 500;
const READ_BYTES = 134_217_728;
const READ_MS = 2_000;
const CLOSE_MS = 500;

export type DrainDeps = {
  sleep: (delayMs: number) => Promise<void>;
  /** Keeps the request alive after its answer. */
  waitUntil: (work: Promise<void>) => void;
};

/**
 * Answers a caller who may still be sending a body that the handler has not read (a 413, a 401). An unread body breaks
 * the connection before the sender sees the answer, so the rest is read and dropped. If that takes long, the answer is
 * sent meanwhile and stays open for `READ_MS` at most.
 */
export async function answerAndDrain(request: Request, response: Response, deps: DrainDeps): Promise<Response> {
  const { body } = request;
  if (body === null || body.locked) return response;
  const reader = openChunks(body);
  const { ended, tooMuch } = drainAll(reader);
  if (await Promise.race([ended, tooMuch, deps.sleep(WAIT_MS).then(() => false)])) return response;

  const answer = new Uint8Array(await response.arrayBuffer());
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const stayOpen = async (): Promise<void> => {
    const writer = writable.getWriter();
    // Where the caller is gone a step may never end, which the runtime reports as a Worker that hangs: none is waited for longer.
    const gone = deps.sleep(READ_MS - WAIT_MS);
    await Promise.race([unlessGone(writer.write(answer)).then(() => ended), gone]);
    await Promise.race([unlessGone(reader.cancel()), deps.sleep(CLOSE_MS)]);
    await Promise.race([unlessGone(writer.close()), deps.sleep(CLOSE_MS)]);
  };
  deps.waitUntil(stayOpen());
  return new Response(readable, { status: response.status, headers: response.headers });
}

/** The connection may be broken: then there is no one to answer. */
const unlessGone = (step: Promise<void>): Promise<void> => step.catch(() => {});

/** `tooMuch` resolves when the answer should not wait any longer. Reading stops after `READ_BYTES`. */
function drainAll(reader: ChunkReader): { ended: Promise<true>; tooMuch: Promise<false> } {
  const ended = Promise.withResolvers<true>();
  const tooMuch = Promise.withResolvers<false>();
  const drop = async (): Promise<void> => {
    let dropped = 0;
    for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) {
      dropped += chunk.byteLength;
      if (dropped > WAIT_BYTES) tooMuch.resolve(false);
      if (dropped > READ_BYTES) return;
    }
    ended.resolve(true);
  };
  // The connection broke, or the reader was cancelled.
  drop().catch(() => ended.resolve(true));
  return { ended: ended.promise, tooMuch: tooMuch.promise };
}
