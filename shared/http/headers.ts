/** What an answer of ours holds is for its caller alone, and is what its type says. */
const SAFE = { "cache-control": "no-store", "x-content-type-options": "nosniff" } as const;

/** The answer with the headers that every answer of a door has. */
export function withSafeHeaders(response: Response): Response {
  for (const [name, value] of Object.entries(SAFE)) response.headers.set(name, value);
  return response;
}
