/** An error that the user can correct. Its message is shown without a stack trace. */
export class UserError extends Error {}

export function explain(error: unknown): string {
  if (error instanceof UserError) return `countersign: ${error.message}`;
  if (!(error instanceof Error)) return `countersign: ${String(error)}`;
  return process.env.DEBUG === undefined ? `countersign: ${error.message}` : (error.stack ?? error.message);
}
