import { isSecretName, secretComplaint } from "../../shared/core/secret-forms.ts";
import { commonValues } from "../../shared/core/secrets-apart.ts";
import { UserError } from "../errors.ts";
import type { Keys } from "./keys.ts";

/** Throws where a Worker would refuse one of the keys: better said by name before anything is started. */
export function requireWholeKeys(keys: Keys, stateDir: string): void {
  for (const name of Object.keys(keys)) {
    const complaint = isSecretName(name) ? secretComplaint(name, keys) : null;
    if (complaint === null) continue;
    throw new UserError(
      `${name} ${complaint}. It is set, or in ${stateDir}/keys.json: take it out there, and the next start makes another one.`,
    );
  }
  const [common] = commonValues(keys);
  if (common !== undefined) throw new UserError(`${common}. They are set, or in ${stateDir}/keys.json.`);
}
