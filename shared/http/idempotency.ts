import { problem } from "./problem.ts";

/** Null: none was sent. Undefined: it is unusable. The draft quotes the key; most clients do not. */
export function idempotencyKey(request: Request): string | null | undefined {
  const header = request.headers.get("idempotency-key");
  if (header === null) return null;
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header;
  return /^[\x20-\x7e]{1,255}$/.test(key) ? key : undefined;
}

export const unusableKey = (): Response =>
  problem(400, "Send an Idempotency-Key of 1 to 255 printable ASCII characters, or none.");
