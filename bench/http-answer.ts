/**
 * The end of the first HTTP answer in `received`; null while it is incomplete. Supports only what our own answers use: a
 * content-length or chunks, and always a body.
 */
export function answerLengthOf(received: string): number | null {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd < 0) return null;
  const head = received.slice(0, headEnd).toLowerCase();
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length !== undefined) {
    const end = headEnd + 4 + Number(length);
    return received.length >= end ? end : null;
  }
  if (!/\r\ntransfer-encoding: *chunked/.test(head))
    throw new Error(`an answer without a length: ${head.slice(0, 200)}`);
  return chunksEnd(received, headEnd + 4);
}

function chunksEnd(received: string, from: number): number | null {
  let at = from;
  for (;;) {
    const lineEnd = received.indexOf("\r\n", at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(received.slice(at, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error(`no chunk size: ${received.slice(at, at + 40)}`);
    at = lineEnd + 2 + size + 2;
    if (received.length < at) return null;
    if (size === 0) return at;
  }
}
