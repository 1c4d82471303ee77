import { serviceUrl } from "../shared/core/url.ts";
import { type AnswerOf, type AskedOf, type RouteName, type Sent, sentFor, type TextRouteName } from "./api/routes.ts";
import { UserError } from "./errors.ts";
import { type Answer, ask, type Patience, refusalOf } from "./http.ts";
import { type Environment, given, stateDirOf } from "./settings.ts";
import { readKeys } from "./stack/keys.ts";
import { runningDoor } from "./stack/lock.ts";

/** The address of a stack and the key for it: from the environment, else from what `start` stored in STATE_DIR. */
export type Target = { url: string; key: string; headers?: Record<string, string> };

export const ingestTarget = (env: Environment): Target => targetOf(env, "COUNTERSIGN_URL", "ingestUrl", "INGEST_KEY");
export function consoleTarget(env: Environment): Target {
  const access = accessOf(env);
  // With Access there may be no token: then the login alone says who asks.
  const isEnough = access.headers !== undefined && given(env, "CONSOLE_TOKEN") === null;
  const target = isEnough
    ? givenTarget({ ...CONSOLE, givenUrl: given(env, "COUNTERSIGN_CONSOLE_URL") ?? "", givenKey: "", stateDir: "" })
    : targetOf(env, CONSOLE.urlName, "consoleUrl", CONSOLE.keyName);
  return { ...target, ...access };
}
const CONSOLE = { urlName: "COUNTERSIGN_CONSOLE_URL", keyName: "CONSOLE_TOKEN" } as const;

/**
 * For a console behind Cloudflare Access: a person's login (what `cloudflared access token` prints) or a service token. Sent
 * only to an address from the environment.
 */
function accessOf(env: Environment): Pick<Target, "headers"> {
  if (given(env, "COUNTERSIGN_CONSOLE_URL") === null) return {};
  const token = given(env, "CF_ACCESS_TOKEN");
  if (token !== null) return { headers: { "cf-access-token": token } };
  const id = given(env, "CF_ACCESS_CLIENT_ID");
  const secret = given(env, "CF_ACCESS_CLIENT_SECRET");
  if (id === null || secret === null) return {};
  return { headers: { "cf-access-client-id": id, "cf-access-client-secret": secret } };
}

/**
 * Who is asked and with which key belong together: both come from the environment, or both from STATE_DIR. A key from the
 * environment may be one of production, and a stored address is no reason to send it somewhere; nor the other way round.
 */
function targetOf(
  env: Environment,
  urlName: "COUNTERSIGN_URL" | "COUNTERSIGN_CONSOLE_URL",
  door: "ingestUrl" | "consoleUrl",
  keyName: "INGEST_KEY" | "CONSOLE_TOKEN",
): Target {
  const stateDir = stateDirOf(env);
  const givenUrl = given(env, urlName);
  const givenKey = given(env, keyName);
  if (givenUrl !== null) return givenTarget({ givenUrl, givenKey, urlName, keyName, stateDir });
  const url = localUrl(env, stateDir, door, urlName);
  const stored = readKeys(stateDir)[keyName];
  if (givenKey !== null && givenKey !== stored) {
    throw new UserError(
      `${keyName} is set and ${urlName} is not: a key from the environment is sent only to an address from the environment. ` +
        `Set ${urlName}=${url} as well, or unset ${keyName} to use the key in ${stateDir}.`,
    );
  }
  if (stored === undefined) throw new UserError(`no ${keyName}: ${stateDir} has none. Set ${urlName} and ${keyName}.`);
  return { url, key: stored };
}

type Given = { givenUrl: string; givenKey: string | null; urlName: string; keyName: string; stateDir: string };

function givenTarget({ givenUrl, givenKey, urlName, keyName, stateDir }: Given): Target {
  const url = serviceUrl(givenUrl);
  if (!url.ok) throw new UserError(`${urlName} ${url.error}.`);
  if (givenKey === null) {
    throw new UserError(
      `no ${keyName}: ${urlName} is set, and a key that is stored in ${stateDir} is sent only to the stack that runs there. ` +
        `Set ${keyName}, or unset ${urlName}.`,
    );
  }
  return { url: url.value, key: givenKey };
}

function localUrl(env: Environment, stateDir: string, door: "ingestUrl" | "consoleUrl", urlName: string): string {
  if (given(env, "COUNTERSIGN_URL") !== null || given(env, "COUNTERSIGN_CONSOLE_URL") !== null) {
    throw new UserError(`set ${urlName} as well: this command uses it.`);
  }
  const url = runningDoor(stateDir, door);
  if (url !== null) return url;
  throw new UserError(
    `nothing is running on ${stateDir}. Start it with \`npm start\`, or set ${urlName} (and the keys) for a stack elsewhere.`,
  );
}

/**
 * Calls a route of the console's API. Throws a UserError with the console's words when it refuses. A request is sent again
 * where no answer comes, under one key, so that an act is done once.
 */
export async function callConsole<Name extends RouteName>(
  target: Target,
  route: Name,
  asked: AskedOf<Name>,
  patience?: Partial<Patience>,
): Promise<AnswerOf<Name>> {
  const { value } = await send(target, sentFor(route, asked), patience);
  // The document says what it is; the compiler has held the console to it.
  if (typeof value === "object" && value !== null) return value as AnswerOf<Name>;
  throw new UserError(noDoor(target.url, "a console", "COUNTERSIGN_CONSOLE_URL"));
}

/** An answer of the console that is no JSON, byte by byte. */
export const readConsole = async <Name extends TextRouteName>(
  target: Target,
  route: Name,
  asked: AskedOf<Name>,
): Promise<Uint8Array> => (await send(target, sentFor(route, asked))).bytes;

async function send(target: Target, { method, path, body, key }: Sent, patience: Partial<Patience> = {}) {
  const headers = {
    ...(method === "GET" ? {} : { "idempotency-key": key ?? crypto.randomUUID() }),
    ...headersFor(target),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const answer = await ask(`${target.url}${path}`, init, { tries: 4, firstWaitMs: 300, ...patience });
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new UserError(refusedBy(target, answer));
}

/** What the console says for programs; for a person at the command line it is no help. */
const FOR_PROGRAMS = "Correct the request and send it again. ";
/** Of these the console's words are enough. */
const SAID_TO_PEOPLE: readonly number[] = [400, 403, 404, 409, 413, 422];
/** How a token of one person begins: no other key than theirs helps. */
const PERSONS = "person_token_";
const NO_ROUTE = "There is no such route.";

/** Why a request was refused, for people. What they asked for wrongly is told without the status of HTTP. */
function refusedBy(target: Target, answer: Answer): string {
  const { detail } = (answer.value ?? {}) as { detail?: unknown };
  const isPersons = answer.status === 401 && target.key.startsWith(PERSONS);
  const isAsked = (isPersons || SAID_TO_PEOPLE.includes(answer.status)) && typeof detail === "string";
  if (!isAsked) return explainRefusal(answer, "CONSOLE_TOKEN");
  if (detail.startsWith(NO_ROUTE)) return noDoor(target.url, "a console", "COUNTERSIGN_CONSOLE_URL");
  return detail.replace(FOR_PROGRAMS, "");
}

export const noDoor = (url: string, what: "a console" | "ingest", name: string): string =>
  `${url} does not answer as ${what} does: is ${name} right?`;

const headersFor = ({ key, headers }: Target): Record<string, string> => ({
  ...(key === "" ? {} : { authorization: `Bearer ${key}` }),
  ...headers,
});

const LOGIN =
  " If it is behind a login, set CF_ACCESS_TOKEN, or CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET of a service token (docs/deploy.md).";

function hintFor({ status }: Answer, keyName: string): string {
  if (status >= 300 && status < 400) return LOGIN;
  return status === 401 ? ` Set ${keyName} to what the stack was started with.` : "";
}

export function explainRefusal(answer: Answer, keyName: string): string {
  return `${refusalOf(answer)}${hintFor(answer, keyName)}`;
}
