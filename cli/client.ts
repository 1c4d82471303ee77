import type { Environment } from "./credentials.ts";
import { UserError } from "./errors.ts";
import { type Answer, ask, type Patience, refusalOf } from "./http.ts";
import { stateDirOf } from "./settings.ts";
import { readKeys } from "./stack/keys.ts";
import { runningStack } from "./stack/lock.ts";

/** The address of a stack and the key for it: from the environment, else from what `start` stored in STATE_DIR. */
export type Target = { url: string; key: string; headers?: Record<string, string> };

export const ingestTarget = (env: Environment): Target => targetOf(env, "COUNTERSIGN_URL", "ingestUrl", "INGEST_KEY");
export const consoleTarget = (env: Environment): Target => ({
  ...targetOf(env, "COUNTERSIGN_CONSOLE_URL", "consoleUrl", "CONSOLE_TOKEN"),
  ...accessOf(env),
});

/** The service token of Cloudflare Access, for a console that is behind it: sent only to an address from the environment. */
function accessOf(env: Environment): Pick<Target, "headers"> {
  const id = env.CF_ACCESS_CLIENT_ID?.trim();
  const secret = env.CF_ACCESS_CLIENT_SECRET?.trim();
  if (!id || !secret || !env.COUNTERSIGN_CONSOLE_URL?.trim()) return {};
  return { headers: { "cf-access-client-id": id, "cf-access-client-secret": secret } };
}

function targetOf(
  env: Environment,
  urlName: "COUNTERSIGN_URL" | "COUNTERSIGN_CONSOLE_URL",
  door: "ingestUrl" | "consoleUrl",
  keyName: "INGEST_KEY" | "CONSOLE_TOKEN",
): Target {
  const stateDir = stateDirOf(env);
  const url = env[urlName]?.trim() || localUrl(env, stateDir, door, urlName);
  const key = env[keyName]?.trim() || readKeys(stateDir)[keyName];
  if (key === undefined) throw new UserError(`no ${keyName}: it is not set, and ${stateDir} has none. Set ${keyName}.`);
  if (!URL.canParse(url)) throw new UserError(`${urlName} must be a URL, not ${JSON.stringify(url)}`);
  return { url: url.replace(/\/+$/, ""), key };
}

function localUrl(env: Environment, stateDir: string, door: "ingestUrl" | "consoleUrl", urlName: string): string {
  if (env.COUNTERSIGN_URL?.trim() || env.COUNTERSIGN_CONSOLE_URL?.trim()) {
    throw new UserError(`set ${urlName} as well: this command uses it.`);
  }
  const url = runningStack(stateDir)?.[door];
  if (typeof url === "string") return url;
  throw new UserError(
    `nothing is running on ${stateDir}. Start it with \`npm start\`, or set ${urlName} (and the keys) for a stack elsewhere.`,
  );
}

/** Calls the console's API. Throws a UserError with the console's words when it refuses. */
export async function callConsole<T>(
  target: Target,
  path: string,
  body?: unknown,
  patience?: Partial<Patience>,
): Promise<T> {
  const answer = await ask(
    `${target.url}${path}`,
    {
      method: body === undefined ? "GET" : "POST",
      // A login page is no answer, and gets no token.
      redirect: "manual",
      headers: {
        authorization: `Bearer ${target.key}`,
        ...target.headers,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    { tries: 4, firstWaitMs: 300, ...patience },
  );
  if (answer.status >= 200 && answer.status < 300) return answer.value as T;
  throw new UserError(explainRefusal(answer, "CONSOLE_TOKEN"));
}

export function explainRefusal(answer: Answer, keyName: string): string {
  if (answer.status >= 300 && answer.status < 400)
    return "it is behind a login. Set CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET of a service token (docs/deploy.md)";
  const hint = answer.status === 401 ? ` Set ${keyName} to what the stack was started with.` : "";
  return `${refusalOf(answer)}${hint}`;
}
