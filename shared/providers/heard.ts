import type { Failure } from "../contracts/failure.ts";
import type { Hear, WordOfParty } from "../contracts/heard.ts";
import type { Effect, ProviderName } from "../contracts/provider.ts";
import type { Result } from "../core/result.ts";
import type { ProviderReader } from "./port.ts";

type Answer = Result<unknown, Failure> | Effect;

/** The same provider, of which each answer is heard. */
export function heardOf<P extends ProviderReader>(provider: P, hear: Hear): P {
  const heard = Object.entries(provider).map(([name, member]) => [
    name,
    typeof member === "function" ? listening(provider.name, member.bind(provider), hear) : member,
  ]);
  return Object.fromEntries(heard) as P;
}

const listening =
  (name: ProviderName, call: (...args: unknown[]) => Promise<Answer>, hear: Hear) =>
  async (...args: unknown[]): Promise<Answer> => {
    const answer = await call(...args);
    hear(name, wordOf(answer));
    return answer;
  };

function wordOf(answer: Answer): WordOfParty {
  if ("ok" in answer) return answer.ok ? "answered" : answer.error.reason;
  switch (answer.kind) {
    case "done":
    case "found":
    case "declined":
    case "refused":
      return "answered";
    case "not_now":
      return answer.failure.reason;
    case "unclear":
      return "provider_unavailable";
  }
}
