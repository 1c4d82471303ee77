import { createInterface } from "node:readline/promises";
import { UserError } from "./errors.ts";

/** Where a person is asked: the question goes beside the answer of a command, which may go into a file. */
export type Terminal = {
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  output: NodeJS.WritableStream;
};
const TERMINAL: Terminal = { input: process.stdin, output: process.stderr };

/** Whether there is somebody who can be asked. */
export const isAttended = ({ input }: Terminal = TERMINAL): boolean => input.isTTY === true;

/**
 * Returns where a person has typed the exact id of what cannot be brought back. Throws a UserError where they typed
 * something else, and where there is no terminal: a script says --yes.
 */
export async function confirmById(id: string, terminal: Terminal = TERMINAL): Promise<void> {
  if (!isAttended(terminal))
    throw new UserError("nothing was done: this cannot be undone, and there is no terminal to ask on", [
      "--dry-run shows what would be done; in a script, --yes says that it is meant",
    ]);
  const asking = createInterface({ input: terminal.input, output: terminal.output });
  // Ctrl-D is no answer, and would otherwise be waited for.
  const closed = new Promise<string>((resolve) => asking.once("close", () => resolve("")));
  const typed = await Promise.race([asking.question(`This cannot be undone. Type ${id} to go on: `), closed]);
  asking.close();
  if (typed.trim() !== id) throw new UserError(`nothing was done: what was typed is not ${id}`);
}
