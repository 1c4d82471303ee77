import { ask, IMPATIENT, pause } from "../../../cli/http.ts";
import type { Acting } from "../ask.ts";

/** Somebody of the crew, as the console knows them. */
export type Member = { id: string; name: string; token: string };

/** One request of a person, and its last answer. `status` null: it was never answered before the run's end. */
export type Click = {
  by: string;
  path: string;
  body: object;
  key: string;
  sentAtMs: number;
  answeredAtMs: number;
  status: number | null;
  value: unknown;
  /** How often it was sent again because no answer came, or none that says what became of it. */
  repeated: number;
};

export const kindOf = (value: unknown): string | null => (value as { kind?: string } | null)?.kind ?? null;

const ANSWER_MS = 5_000;
const AGAIN_MS = 150;

/**
 * Sent under one key until the answer says what became of it. While the database that knows people and cases is lost, nobody
 * and nothing is known: that says nothing either. `isAnswer`: of what would say nothing, this does.
 */
export async function click(
  member: Pick<Member, "name" | "token">,
  path: string,
  body: object,
  key: string,
  acting: Acting,
  isAnswer: (answer: { status: number; value: unknown }) => boolean = () => false,
): Promise<Click> {
  const made: Click = {
    by: member.name,
    path,
    body,
    key,
    sentAtMs: Date.now(),
    answeredAtMs: 0,
    status: null,
    value: null,
    repeated: -1,
  };
  while (!acting.signal.aborted) {
    const doors = acting.doors();
    if (doors !== null) {
      made.repeated += 1;
      const answer = await post(`${doors.consoleUrl}${path}`, member.token, body, key, acting.signal);
      if (answer !== null && (isAnswer(answer) || (!UNSETTLED.has(answer.status) && answer.status < 500)))
        return { ...made, status: answer.status, value: answer.value, answeredAtMs: Date.now() };
    }
    await pause(AGAIN_MS, acting.signal);
  }
  return made;
}

/** Not known, not allowed, not there: as long as the database is empty. Too many: wait. */
const UNSETTLED = new Set([401, 403, 404, 408, 425, 429]);

async function post(url: string, token: string, body: object, key: string, signal: AbortSignal) {
  const init = {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "idempotency-key": key,
    },
    body: JSON.stringify(body),
  };
  const either = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  return await ask(url, init, { ...IMPATIENT, signal: either }).catch(() => null);
}

/** What stands there now; null where nobody answers, or nothing is there. */
export async function look<T>(
  { token }: Pick<Member, "token">,
  path: string,
  { doors, signal }: Acting,
): Promise<T | null> {
  const at = doors();
  if (at === null) return null;
  const either = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const init = { headers: { authorization: `Bearer ${token}` } };
  const answer = await ask(`${at.consoleUrl}${path}`, init, { ...IMPATIENT, signal: either }).catch(() => null);
  return answer?.status === 200 ? (answer.value as T) : null;
}
