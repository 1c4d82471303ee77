import { harmless } from "./visible.ts";

/** An error that the user can correct. Its message is shown without a stack trace; `hint` says what to do, in one line. */
export class UserError extends Error {
  readonly hint: string | null;
  constructor(message: string, hint: string | null = null) {
    super(message);
    this.hint = hint;
  }
}

/** How a failure is told in one line of JSON. */
export type Failure = { error: string; hint?: string };

export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const text = message === "" ? "an error without a message" : message;
  return error instanceof UserError && error.hint !== null ? { error: text, hint: error.hint } : { error: text };
}

/** For people. What an outside text contains cannot break a line. */
export function explain(error: unknown): string {
  if (process.env.DEBUG !== undefined && error instanceof Error && !(error instanceof UserError))
    return error.stack ?? error.message;
  const { error: text, hint } = failureOf(error);
  return [`countersign: ${text}`, ...(hint === undefined ? [] : [hint])].map(harmless).join("\n");
}
