/** The calls of wrangler that a deployment makes. wrangler talks to Cloudflare; nothing here does. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../cli/errors.ts";
import { makeTemporary } from "../../cli/temporary.ts";
import { parseJson } from "../../shared/core/json.ts";
import { type Ran, run } from "../run.ts";
import type { PlannedWorker, Step } from "./plan.ts";
import type { SetSecrets } from "./secrets.ts";

export type Wrangler = (args: readonly string[]) => Promise<Ran>;
export const wrangler: Wrangler = (args) => run("wrangler", args);

/** The names of the secrets that Cloudflare has, of each Worker that requires some. */
export async function readSetSecrets(call: Wrangler, workers: readonly PlannedWorker[]): Promise<SetSecrets> {
  const asked = workers.filter(({ secrets }) => secrets.length > 0);
  const set = new Map<string, ReadonlySet<string>>();
  const next = asked.values();
  // Two at a time: a start of wrangler is mostly work for the processor.
  const ask = async (): Promise<void> => {
    for (const worker of next) set.set(worker.name, await readSetOf(call, worker));
  };
  await Promise.all([ask(), ask()]);
  return set;
}

async function readSetOf(call: Wrangler, { name, config }: PlannedWorker): Promise<ReadonlySet<string>> {
  const { ok, output } = await call(["secret", "list", "-c", config]);
  if (!ok && output.includes(`Worker "${name}" not found`)) return new Set();
  if (!ok) throw new UserError(`wrangler could not list the secrets of ${name}:\n${tidy(output)}`);
  return new Set(listIn(output, "secret list").map(nameIn));
}

/** Makes one step. Whatever is done already stays as it is. Throws what wrangler said when it fails. */
export async function makeStep(
  call: Wrangler,
  step: Step,
  given: { secrets: Record<string, string>; consoleDomain: string | null },
): Promise<string> {
  switch (step.do) {
    case "database": {
      const list = listIn(await must(call, ["d1", "list", "--json"]), "d1 list").map(nameIn);
      if (list.includes(step.name)) return "is there";
      await must(call, ["d1", "create", step.name]);
      return "created";
    }
    case "migrations": {
      const said = await must(call, ["d1", "migrations", "apply", step.database, "--remote", "-c", step.config]);
      return said.includes("No migrations to apply") ? "nothing is new" : "applied";
    }
    case "worker": {
      const { worker, config } = step.worker;
      const domain = worker === "console" && given.consoleDomain !== null ? ["--domain", given.consoleDomain] : [];
      const names = Object.keys(given.secrets);
      await withFile(given.secrets, (file) =>
        must(call, ["deploy", "-c", config, ...domain, ...(file === null ? [] : ["--secrets-file", file])]),
      );
      return names.length === 0 ? "deployed" : `deployed, with ${names.join(", ")}`;
    }
  }
}

/**
 * A file for `--secrets-file` that nobody else can read, and that is gone afterwards, also when the deployment is
 * interrupted. Null where there is nothing to say.
 */
async function withFile<Result>(
  secrets: Record<string, string>,
  use: (file: string | null) => Promise<Result>,
): Promise<Result> {
  if (Object.keys(secrets).length === 0) return use(null);
  const folder = await makeTemporary("secrets");
  try {
    const file = join(folder.path, "secrets.json");
    await writeFile(file, JSON.stringify(secrets), { mode: 0o600 });
    return await use(file);
  } finally {
    folder.remove();
  }
}

async function must(call: Wrangler, args: readonly string[]): Promise<string> {
  const { ok, output } = await call(args);
  if (ok) return output;
  throw new UserError(tidy(output));
}

/** The list that a command prints as JSON; wrangler may print lines for people before it. */
function listIn(output: string, command: string): unknown[] {
  const parsed = parseJson(output.slice(Math.max(output.indexOf("["), 0)));
  if (parsed.ok && Array.isArray(parsed.value)) return parsed.value;
  throw new UserError(`\`wrangler ${command}\` answered no list:\n${tidy(output)}`);
}

const nameIn = (entry: unknown): string => String((entry as { name?: unknown } | null)?.name);

/** Without colours, and without the lines that say where wrangler keeps its log. */
function tidy(output: string): string {
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
  const lines = output.replace(escapes, "").split("\n");
  return lines.filter((line) => line.trim() !== "" && !line.includes("Logs were written to")).join("\n");
}
