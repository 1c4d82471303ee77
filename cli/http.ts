import { parseJson } from "../shared/core/json.ts";
import { UserError } from "./errors.ts";

/** Statuses after which a retry may succeed. */
const TEMPORARY = new Set([408, 425, 429, 500, 502, 503, 504]);

export type Answer = { status: number; headers: Headers; value: unknown; text: string; bytes: Uint8Array };

export type Patience = {
  /** All tries, the first included. The waits between them double from `firstWaitMs` to 5 seconds. */
  tries: number;
  firstWaitMs: number;
  signal?: AbortSignal;
  onWait?: (why: string, waitMs: number) => void;
};

export const IMPATIENT: Patience = { tries: 1, firstWaitMs: 0 };

/** Sends, and sends again while the other side does not answer or asks to wait. Only for idempotent requests. */
export async function ask(url: string, init: RequestInit, patience: Patience): Promise<Answer> {
  for (let number = 1; ; number++) {
    const answer = await once(url, init, patience.signal);
    const isTemporary = answer instanceof Error || TEMPORARY.has(answer.status);
    if (!isTemporary || number >= patience.tries || patience.signal?.aborted === true) {
      if (answer instanceof Error) throw answer;
      return answer;
    }
    const waitMs = retryAfterMs(answer) ?? Math.min(5_000, patience.firstWaitMs * 2 ** (number - 1));
    patience.onWait?.(answer instanceof Error ? answer.message : `${answer.status}`, waitMs);
    await pause(waitMs, patience.signal);
  }
}

async function once(url: string, init: RequestInit, signal?: AbortSignal): Promise<Answer | Error> {
  try {
    // A redirect would take the key to another address.
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      ...(signal === undefined ? {} : { signal }),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = new TextDecoder().decode(bytes);
    const parsed = parseJson(text);
    return { status: response.status, headers: response.headers, text, bytes, value: parsed.ok ? parsed.value : null };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
    return new UserError(`${new URL(url).origin} does not answer${cause}. Is the stack running?`);
  }
}

function retryAfterMs(answer: Answer | Error): number | null {
  if (answer instanceof Error) return null;
  const seconds = Number(answer.headers.get("retry-after") ?? "NaN");
  return Number.isFinite(seconds) && seconds >= 0 && seconds <= 60 ? seconds * 1000 : null;
}

/** Waits `ms` milliseconds; ends early, without an error, when `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}

/** The status of a refusal and its problem details, or the beginning of its body. */
export function refusalOf(answer: Answer): string {
  if (answer.status >= 300 && answer.status < 400)
    return `${answer.status}: it redirects to ${answer.headers.get("location") ?? "another address"}. Redirects are not followed, so that no key goes elsewhere; set the address itself.`;
  const problem = answer.value as { title?: unknown; detail?: unknown } | null;
  const words = [problem?.title, problem?.detail].filter((word) => typeof word === "string");
  return `${answer.status}${words.length > 0 ? ` ${words.join(": ")}` : ` ${answer.text.slice(0, 200)}`}`.trim();
}
