import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { repositoryRoot, WORKERS } from "../cli/workers.ts";

export type Ran = { ok: boolean; output: string };

/** Runs a tool of node_modules/.bin. `output` is its standard output and standard error. */
export async function run(tool: string, args: readonly string[]): Promise<Ran> {
  const options = {
    cwd: repositoryRoot,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" },
    maxBuffer: 64 * 1024 * 1024,
  };
  try {
    const { stdout, stderr } = await promisify(execFile)(
      `${repositoryRoot}node_modules/.bin/${tool}`,
      [...args],
      options,
    );
    return { ok: true, output: stdout + stderr };
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    return { ok: false, output: stdout + stderr || String(error) };
  }
}

/** The `wrangler types` command of each Worker's bindings. The runtime's types come from a package. `check`: writes nothing. */
export function typesCommands(check: boolean): { name: string; args: string[] }[] {
  return WORKERS.map(({ name, config, env }) => ({
    name: `${name} bindings`,
    args: [
      "types",
      `workers/${name}/env.d.ts`,
      "-c",
      config,
      "--env-interface",
      env,
      "--include-runtime=false",
      "--strict-vars=false",
      ...(check ? ["--check"] : []),
    ],
  }));
}
