/** Those of this project, and what looks like another program's, such as GITHUB_TOKEN or AWS_SECRET_ACCESS_KEY. */
const CREDENTIAL = /KEY|TOKEN|SECRET|PASSW|CREDENTIAL/i;

/**
 * Takes the credentials out of an environment that child processes inherit, and answers it as it was. workerd and esbuild need
 * none: Workers get their secrets as bindings. An environment can be read in /proc, and ends in the dumps of a crash.
 */
export function takeCredentials(env: NodeJS.ProcessEnv): Readonly<Record<string, string | undefined>> {
  const before = { ...env };
  for (const name of Object.keys(env)) if (CREDENTIAL.test(name)) delete env[name];
  return before;
}
