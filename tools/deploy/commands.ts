/** What `npm run deploy` does, over a wrangler, a file and a place to say things that are passed in. */
import { UserError } from "../../cli/errors.ts";
import { complaintsOf } from "./check.ts";
import { describeStep, type PlannedWorker, planOf } from "./plan.ts";
import { completedFile, FILE, missingNames, missingOf, readSecrets } from "./secrets.ts";
import { makeStep, readSetSecrets, type Wrangler } from "./wrangler.ts";

export type Deps = {
  wrangler: Wrangler;
  workers: readonly PlannedWorker[];
  /** The file of secrets; an absent one is empty. */
  file: { read(): string; write(text: string): void };
  say(line: string): void;
};

/** Writes a line for each secret that Cloudflare does not have. Changes no line that is there. */
export async function writeSecrets({ wrangler, workers, file, say }: Deps): Promise<void> {
  const set = await readSetSecrets(wrangler, workers);
  const before = file.read();
  const { text, toFillIn } = completedFile(before, workers, set);
  if (missingNames(workers, set).length === 0) return say("Cloudflare has every secret: there is nothing to write.");
  if (text !== before) file.write(text);
  say(text === before ? `${FILE} has each line already.` : `${FILE} is written. Only you can read it.`);
  say(toFillIn.length === 0 ? "Now: npm run deploy" : `Fill in ${toFillIn.join(", ")}. Then: npm run deploy`);
}

/** Makes each step in order. Throws at the first that fails, with what to do; what was done before stays. */
export async function deploy(deps: Deps, consoleDomain: string | null): Promise<void> {
  const { wrangler, workers, file, say } = deps;
  const set = await readSetSecrets(wrangler, workers);
  const values = readSecrets(file.read());
  const absent = missingNames(workers, set).filter((name) => values[name] === undefined);
  if (absent.length > 0) {
    throw new UserError(
      `These secrets are not set, and ${FILE} has no value for them: ${absent.join(", ")}.\n` +
        "Nothing was deployed. `npm run deploy -- --secrets` writes the file; fill it in.",
    );
  }
  const complaints = complaintsOf(workers, set, values);
  if (complaints.length > 0) {
    throw new UserError(
      `The Workers would refuse what ${FILE} and the wrangler.toml files say:\n` +
        `${complaints.map((complaint) => `  ${complaint}\n`).join("")}` +
        "Nothing was deployed. Correct these, then run `npm run deploy` again.",
    );
  }
  for (const step of planOf(workers)) {
    const wanted = step.do === "worker" ? missingOf(step.worker, set) : [];
    const secrets = Object.fromEntries(wanted.map((name) => [name, values[name] ?? ""]));
    const done = await makeStep(wrangler, step, { secrets, consoleDomain }).catch((error: unknown) => {
      const said = error instanceof Error ? error.message : String(error);
      throw new UserError(
        `${describeStep(step)}: FAILED\n\n${said}\n\n` +
          "What was done before stays. When the reason is gone, run `npm run deploy` again: it goes on from here.",
      );
    });
    say(`${describeStep(step)}: ${done}`);
  }
  say(
    consoleDomain === null ? "The console has no public address, unless you gave it one: docs/deploy.md" : "Deployed.",
  );
}
