import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mapLimit } from "../../shared/core/concurrency.ts";
import { growthDuring, hasProc, workerdOf } from "../helpers/memory.ts";
import { type Odd, sendOdd } from "../helpers/odd-requests.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { openUpload } from "../helpers/upload.ts";

let system: TestStack;
beforeAll(async () => {
  system = await bootStack({ consumers: "none" });
});
afterAll(async () => await system?.stop());

/** Whether a connection breaks under its sender is a matter of luck, for one in three to one in thirteen. */
const TIMES = 40;
const AT_ONCE = 4;
/** A refused body is drained for so long (shared/http/drain.ts): one whom a busy machine held up for longer sends again. */
const HEARD_MS = 2_000;
const SLOW_MAX = 5;
const ENDLESS_BYTES = 400_000_000;
/** Each is heard for 16 MB before it is answered: were that held, these would be 200 MB and more. */
const ENDLESS_SENDERS = 12;
const GROWTH_MAX_MB = 128;
const BODY = { make: "repeat", before: '{"scope":"all","reason":"', unit: "x", times: 5_000_000, after: '"}' } as const;

/** What each sender saw, counted: the answer in its shape, or how its connection broke. */
async function seenBy(request: Pick<Odd, "method" | "path" | "auth">): Promise<Record<string, number>> {
  const { consoleUrl, keys } = system.stack;
  const senders = Array.from({ length: TIMES }, (_, nth) => nth);
  const seen = await mapLimit(senders, AT_ONCE, async (nth) => {
    const chunked = nth % 2 === 0;
    // Said, since Node frames no body of a GET by itself.
    const headers: Record<string, string> = chunked ? { "transfer-encoding": "chunked" } : {};
    const odd: Odd = { ...request, headers, signed: false, chunked, body: BODY };
    for (let again = SLOW_MAX; ; again--) {
      const begunAt = performance.now();
      try {
        const { status, type, text } = await sendOdd(consoleUrl, keys.CONSOLE_TOKEN, keys, odd);
        if (status < 400) return `${status}`;
        const problem = JSON.parse(text) as Record<string, unknown>;
        return `${status} ${type} ${problem.status} ${Object.keys(problem).sort()}`;
      } catch (error) {
        if (again === 0 || performance.now() - begunAt < HEARD_MS) return String(error);
      }
    }
  });
  const times: Record<string, number> = {};
  for (const one of seen) times[one] = (times[one] ?? 0) + 1;
  return times;
}
const problems = (status: number) => ({
  [`${status} application/problem+json ${status} detail,status,title,type`]: TIMES,
});

/** Never ends by itself. A door that waits for its end has failed by `ENDLESS_BYTES`. */
async function sendWithoutEnd() {
  const { consoleUrl, keys } = system.stack;
  const part = new Uint8Array(65_536);
  // To the console, ingest's route is none.
  const opened = openUpload({ ingestUrl: consoleUrl, keys });
  let sent = 0;
  while (sent < ENDLESS_BYTES && (await opened.write(part))) sent += part.byteLength;
  if (sent >= ENDLESS_BYTES) opened.breakOff();
  const { status, body } = await opened.answer;
  return `${status} ${body.title}`;
}

/** First, while nothing large has been sent: what was thrown away and not yet collected would hide what is held. */
describe("whoever sends the console a body without end", () => {
  it.skipIf(!hasProc)("hears while sending why it is refused, is cut off, and is not held", async () => {
    const senders = Array.from({ length: ENDLESS_SENDERS }, () => sendWithoutEnd);
    const { result, growthMb } = await growthDuring(
      `${senders.length} bodies without end`,
      workerdOf(system.stack),
      () => Promise.all(senders.map((send) => send())),
    );
    expect(result).toEqual(senders.map(() => "404 Not Found"));
    expect(growthMb).toBeLessThan(GROWTH_MAX_MB);
  });
});

describe("whoever sends the console 5 MB that it does not want", () => {
  it.each([
    ["without the token", "POST", "/api/holds", "unknown", 401],
    ["to a route that takes a body, but not so much", "POST", "/api/holds", "known", 413],
    ["to a route that takes none", "GET", "/api/totals", "known", 413],
    ["to no route at all", "POST", "/nowhere", "known", 404],
    ["to a route that has another method", "PUT", "/healthz", "none", 405],
  ] as const)("%s always hears why it is refused", async (_what, method, path, auth, status) => {
    expect(await seenBy({ method, path, auth })).toEqual(problems(status));
  });

  it("with a question that is answered all the same always hears the answer", async () => {
    expect(await seenBy({ method: "GET", path: "/healthz", auth: "none" })).toEqual({ 200: TIMES });
  });
});
