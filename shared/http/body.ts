import { createGatherer, readChunks } from "./chunks.ts";

/**
 * The whole body; null when it has more than `maxBytes`, of which no more is held then. What is declared too large is
 * not read at all. Without a declared length it is counted while it arrives.
 */
export async function readWhole(request: Request, maxBytes: number): Promise<Uint8Array | null> {
  const declared = Number(request.headers.get("content-length") ?? "NaN");
  if (declared > maxBytes) return null;
  if (request.body === null) return new Uint8Array();
  if (declared <= maxBytes) {
    const whole = new Uint8Array(await request.arrayBuffer());
    return whole.byteLength > maxBytes ? null : whole;
  }
  const whole = createGatherer(maxBytes);
  for await (const chunk of readChunks(request.body)) if (!whole.add(chunk)) return null;
  return whole.bytes();
}
