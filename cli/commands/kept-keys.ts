import { UserError } from "../errors.ts";
import { printJson } from "../print.ts";
import { type Environment, stateDirOf } from "../settings.ts";
import { quoted } from "../shell.ts";
import { KEY_NAMES, type KeyName, readKeys } from "../stack/keys.ts";
import { runningDoor } from "../stack/lock.ts";

/** Prints a key that `start` has made and kept, for `$(npx countersign keys show INGEST_KEY)`. */
export function showKey(name: string, env: Environment, { json }: { json?: true }): void {
  const key = KEY_NAMES.find((known) => known === name.toUpperCase());
  if (key === undefined) throw new UserError(`there is no key ${name}. There are ${KEY_NAMES.join(", ")}.`);
  const value = keptKey(stateDirOf(env), key);
  if (json === true) printJson({ [key]: value });
  else process.stdout.write(`${value}\n`);
}

const CLIENT_KEYS = ["INGEST_KEY", "READ_KEY", "CONSOLE_TOKEN"] as const satisfies KeyName[];

/** Prints what clients read from the environment, as lines for a shell. A stack must run: addresses and keys go together. */
export function keysForShell(env: Environment, { json }: { json?: true }): void {
  const stateDir = stateDirOf(env);
  const addresses = { COUNTERSIGN_URL: "ingestUrl", COUNTERSIGN_CONSOLE_URL: "consoleUrl" } as const;
  const variables: Record<string, string> = Object.fromEntries([
    ...Object.entries(addresses).map(([name, door]) => {
      const url = runningDoor(stateDir, door);
      if (url === null) throw new UserError(`nothing is running on ${stateDir}. Start it with \`npm start\`.`);
      return [name, url] as const;
    }),
    ...CLIENT_KEYS.map((name) => [name, keptKey(stateDir, name)] as const),
  ]);
  if (json === true) printJson(variables);
  else process.stdout.write(Object.entries(variables).map(exportLine).join(""));
}

const exportLine = ([name, value]: [string, string]): string => `export ${name}=${quoted(value)}\n`;

function keptKey(stateDir: string, name: KeyName): string {
  const value = readKeys(stateDir)[name];
  if (value !== undefined) return value;
  throw new UserError(`${stateDir} has no ${name}: \`npm start\` makes it, unless it is given in its environment.`);
}
