#!/usr/bin/env node
/** `npm run mutations`: breaks each promise on purpose, in a copy of the sources, and expects the tests to notice. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { UserError } from "../../cli/errors.ts";
import { noteLine, printJson, printLines, table } from "../../cli/print.ts";
import { createProgress } from "../../cli/progress.ts";
import { runProgram } from "../../cli/run-program.ts";
import { listenForStop, Stopped } from "../../cli/stopping.ts";
import { repositoryRoot } from "../../cli/workers.ts";
import { MUTATIONS } from "./list.ts";
import { type Mutation, PROMISES } from "./mutation.ts";
import { pageOf } from "./page.ts";
import { requireGreen, type Tried, testsOf, tryMutation } from "./try.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

type Options = { only?: string; write?: true; json?: true };

async function mutations({ only, write, json }: Options): Promise<void> {
  if (write === true) return await writeFile(join(repositoryRoot, "docs/mutations.md"), pageOf(MUTATIONS));
  const names = only === undefined ? null : only.split(",");
  const unknown = (names ?? []).filter((name) => !MUTATIONS.some((one) => one.name === name));
  if (unknown.length > 0)
    throw new UserError(`there is no mutation ${unknown.join(", ")}: docs/mutations.md lists them`);
  const chosen = MUTATIONS.filter(({ name }) => names === null || names.includes(name));

  const stopping = listenForStop();
  const workshop = await openWorkshop(repositoryRoot);
  try {
    const tried = await tryAll(workshop, chosen, stopping.signal);
    stopping.signal.throwIfAborted();
    report(tried, json === true);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    noteLine(`${error.message}; the copy is removed, nothing was changed`);
    process.exitCode = error.exitCode;
  } finally {
    await workshop.close();
    stopping.end();
  }
}

async function tryAll(workshop: Workshop, chosen: readonly Mutation[], signal: AbortSignal): Promise<Tried[]> {
  noteLine(`${testsOf(chosen).length} test files must pass before anything is broken`);
  await requireGreen(workshop, chosen, signal);
  const progress = createProgress("mutations");
  const tried: Tried[] = [];
  for (const mutation of chosen) {
    if (signal.aborted) break;
    progress.update(tried.length, chosen.length, mutation.name);
    tried.push(await tryMutation(workshop, mutation, signal));
  }
  if (!signal.aborted) progress.update(tried.length, chosen.length);
  progress.end();
  return tried;
}

function report(tried: readonly Tried[], json: boolean): void {
  const named = (kind: Tried["verdict"]["kind"]): string[] =>
    tried.filter(({ verdict }) => verdict.kind === kind).map(({ mutation }) => mutation.name);
  const [caught, survived, unclear] = [named("caught"), named("survived"), named("unclear")];
  printLines([
    ...table([["promise", "mutation", "caught by"], ...tried.map(rowOf)], Number.POSITIVE_INFINITY),
    "",
    `${caught.length} of ${tried.length} mutations were caught`,
  ]);
  if (json) printJson({ mutations: tried.length, caught: caught.length, survived, unclear });
  process.exitCode = caught.length === tried.length ? 0 : 1;
}

function rowOf({ mutation, verdict }: Tried): string[] {
  return [PROMISES[mutation.promise], mutation.name, wordsOf(verdict)];
}

function wordsOf(verdict: Tried["verdict"]): string {
  switch (verdict.kind) {
    case "caught":
      return verdict.by;
    case "survived":
      return "SURVIVED: no test noticed";
    case "unclear":
      return `UNCLEAR: ${verdict.why}`;
  }
}

const program = new Command("mutations")
  .description("Breaks each promise on purpose, one at a time in a copy of the sources, and expects a test to fail.")
  .option("--only <names>", "try these alone, with commas between them")
  .option("--write", "write docs/mutations.md from the list, and try nothing")
  .option("--json", "end with one line of JSON")
  .action(mutations);

await runProgram(program);
