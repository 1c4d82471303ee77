import { problem } from "../../../shared/http/problem.ts";
import type { PolicyDeps } from "./deps.ts";

/** What the gate keeps is no policy (any more): repeating the request does not help, people must mend it. */
export class SpoiltPolicy extends Error {}

/** Throws SpoiltPolicy where what is kept under the version is no policy; `version` null: what is in force. */
export async function requireWhole(version: string | null, { gate }: Pick<PolicyDeps, "gate">): Promise<void> {
  const why = await gate.spoilt(version);
  if (why !== null) throw new SpoiltPolicy(why);
}

/** What `work` answers; 409 with what is wrong and what to do, where it comes upon what is no policy. */
export async function orSpoilt<Answer>(work: () => Promise<Answer>): Promise<Answer | Response> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SpoiltPolicy) return problem(409, `Nothing was done: ${error.message}.`);
    throw error;
  }
}
