/** What a Worker would refuse at its start, found before anything is deployed: then nothing has to be taken back. */
import { complaintOf } from "../../shared/core/bindings.ts";
import { isSecretName, secretComplaint } from "../../shared/core/secret-forms.ts";
import { commonValues } from "../../shared/core/secrets-apart.ts";
import { whoOf } from "../../shared/core/who.ts";
import { publicKeysOf, requireOwnKey, type Signs, signingKeyOf } from "../../shared/grant/keys.ts";
import type { PlannedWorker } from "./plan.ts";
import { missingNames, missingOf, type SetSecrets } from "./secrets.ts";

/** One sentence each, by name and without a value. `values`: of the file; those that Cloudflare has are not looked at. */
export function complaintsOf(
  workers: readonly PlannedWorker[],
  set: SetSecrets,
  values: Readonly<Record<string, string>>,
): string[] {
  const missing = missingNames(workers, set);
  const wanted = Object.fromEntries(Object.entries(values).filter(([name]) => missing.includes(name)));
  return [
    ...new Set(workers.flatMap((worker) => ofWorker(worker, missingOf(worker, set), values))),
    ...workers.flatMap((worker) => ofConsole(worker, set)),
    // Two Workers may have the two halves of a pair.
    ...SIGNED.flatMap((signs) => ofKeys(signs, wanted)),
    ...commonValues(wanted),
  ];
}

function ofWorker(
  { vars, config }: PlannedWorker,
  wanted: readonly string[],
  values: Readonly<Record<string, string>>,
): string[] {
  const given = Object.fromEntries(
    wanted.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
  );
  const env = { ...vars, ...given };
  const variables = Object.entries(vars).flatMap(([name, value]) =>
    complaintOf(name, value).map((complaint) => `${complaint} (${config})`),
  );
  const secrets = Object.keys(given).flatMap((name) => {
    const complaint = isSecretName(name) ? secretComplaint(name, env) : null;
    return complaint === null ? [] : [`${name} ${complaint}`];
  });
  return [...variables, ...secrets];
}

/** Whether the console would know people by Cloudflare Access. A token that Cloudflare has counts, though nobody can read it. */
function ofConsole({ worker, name, vars, config }: PlannedWorker, set: SetSecrets): string[] {
  const usesAccess = vars.ACCESS_TEAM_DOMAIN !== undefined || vars.ACCESS_AUDIENCE !== undefined;
  // Without Access it needs a token, which is a secret that is missing as any other.
  if (worker !== "console" || !usesAccess) return [];
  const hasToken = set.get(name)?.has("CONSOLE_TOKEN") === true;
  const who = whoOf({ ...vars, CONSOLE_TOKEN: hasToken ? UNREAD : "" });
  return who.ok ? [] : [`${who.error} (${config})`];
}
const UNREAD = "set-at-cloudflare-where-nobody-reads-it";

const SIGNED: readonly Signs[] = ["GRANT", "APPROVAL", "AUDIT"];

function ofKeys(signs: Signs, given: Record<string, string>): string[] {
  const [known, signing] = [given[`${signs}_PUBLIC_KEYS`], given[`${signs}_SIGNING_KEY`]];
  try {
    const keys = known === undefined ? null : publicKeysOf(known, signs);
    const own = signing === undefined ? null : signingKeyOf(signing, signs);
    if (keys !== null && own !== null) requireOwnKey(own, keys, signs);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
