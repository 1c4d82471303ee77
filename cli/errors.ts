import { harmless } from "./visible.ts";

/** An error that the user can correct. Its message is shown without a stack trace; `hint` says what to do, in lines. */
export class UserError extends Error {
  readonly hint: readonly string[];
  constructor(message: string, hint: string | readonly string[] | null = null) {
    super(message);
    this.hint = hint === null ? [] : [hint].flat();
  }
}

/** How a failure is told in one line of JSON. */
export type Failure = { error: string; hint?: string };

export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const text = message === "" ? "an error without a message" : message;
  const hint = hintOf(error);
  return hint.length > 0 ? { error: text, hint: hint.join("\n") } : { error: text };
}

const hintOf = (error: unknown): readonly string[] => (error instanceof UserError ? error.hint : []);

/** For people. What an outside text contains cannot break a line. */
export function explain(error: unknown): string {
  if (process.env.DEBUG !== undefined && error instanceof Error && !(error instanceof UserError))
    return error.stack ?? error.message;
  return [`countersign: ${failureOf(error).error}`, ...hintOf(error)].map(harmless).join("\n");
}
