/** What a Worker would refuse at its start, found before anything is deployed: then nothing has to be taken back. */
import { complaintOf } from "../../shared/core/bindings.ts";
import { isSecretName, secretComplaint } from "../../shared/core/secret-forms.ts";
import { commonValues } from "../../shared/core/secrets-apart.ts";
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

const SIGNED: readonly Signs[] = ["GRANT", "AUDIT"];

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
