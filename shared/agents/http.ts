import { createGatherer, readChunks } from "../http/chunks.ts";

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Far above what an agent's `maxTokens` allow. */
export const ANSWER_MAX_BYTES = 256 * 1024;

export class AnswerTooLarge extends Error {
  constructor() {
    super(`the answer is larger than ${ANSWER_MAX_BYTES} bytes`);
    this.name = "AnswerTooLarge";
  }
}

/**
 * A fetch that follows no redirect, since the customer's text would be sent to another address and the answer from there
 * believed, and that keeps no more than ANSWER_MAX_BYTES of an answer.
 */
export function guardedFetch(send: Fetch): Fetch {
  return async (input, init) => {
    const response = await send(input, { ...init, redirect: "manual" });
    const { status, ok, body } = response;
    const bytes = body === null ? new Uint8Array() : await startOfBody(body, ok);
    const headers = new Headers(response.headers);
    // They describe the bytes on the wire; these are decoded, and may be fewer.
    headers.delete("content-encoding");
    headers.delete("content-length");
    return new Response(bytes.byteLength === 0 ? null : bytes, { status, headers });
  };
}

/** Of an error the status says enough, so its body is only cut. */
async function startOfBody(body: ReadableStream<Uint8Array>, isAnswer: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const start = createGatherer(ANSWER_MAX_BYTES);
  let fits = true;
  for await (const chunk of readChunks(body)) {
    fits = start.add(chunk);
    if (!fits) break;
  }
  // Nobody waits for it: the connection may be broken already.
  if (!fits) body.cancel().catch(() => {});
  if (!fits && isAnswer) throw new AnswerTooLarge();
  return new Uint8Array(start.bytes());
}
