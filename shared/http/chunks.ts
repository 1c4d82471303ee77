const CHUNK_BYTES = 65_536;

/** `read` answers null at the end of the body. A chunk is valid until the next `read`. */
export type ChunkReader = {
  read(): Promise<Uint8Array | null>;
  cancel(): Promise<void>;
  releaseLock(): void;
};

/**
 * Reads a body as it arrives into one reused buffer. workerd's default reader allocates 4 KB for every read: a body of
 * 90 MB leaves 100 MB of garbage, and a slow sender costs 4 KB for each byte.
 */
export function openChunks(body: ReadableStream<Uint8Array>): ChunkReader {
  const reader = fillingReader(body);
  if (reader === null) return passingReader(body);
  let buffer = new ArrayBuffer(CHUNK_BYTES);
  return {
    read: async () => {
      const part = await reader.read(new Uint8Array(buffer));
      if (part.done) return null;
      buffer = part.value.buffer;
      return part.value;
    },
    cancel: () => reader.cancel(),
    releaseLock: () => reader.releaseLock(),
  };
}

/** As `openChunks`, as an iterator. If the caller stops early, the rest stays unread and the body is unlocked. */
export async function* readChunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const reader = openChunks(body);
  try {
    for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) yield chunk;
  } finally {
    reader.releaseLock();
  }
}

/** Null for a stream that cannot fill a given buffer. The body of a real request can. */
function fillingReader(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return null;
  }
}

function passingReader(body: ReadableStream<Uint8Array>): ChunkReader {
  const reader = body.getReader();
  return {
    read: async () => {
      const part = await reader.read();
      return part.done ? null : part.value;
    },
    cancel: () => reader.cancel(),
    releaseLock: () => reader.releaseLock(),
  };
}

/** Joins chunks in one buffer, which grows to at most `maxBytes` and is reused after `clear`. */
export function createGatherer(maxBytes: number) {
  let buffer = new Uint8Array(0);
  let length = 0;
  return {
    /** False when the chunk does not fit; then no part of it is kept. */
    add(chunk: Uint8Array): boolean {
      const needed = length + chunk.byteLength;
      if (needed > maxBytes) return false;
      if (needed > buffer.byteLength) {
        const larger = new Uint8Array(Math.min(maxBytes, Math.max(needed, 2 * buffer.byteLength)));
        larger.set(buffer.subarray(0, length));
        buffer = larger;
      }
      buffer.set(chunk, length);
      length = needed;
      return true;
    },
    /** A view that is valid until the next `add`. */
    bytes: (): Uint8Array => buffer.subarray(0, length),
    clear: (): void => {
      length = 0;
    },
  };
}
