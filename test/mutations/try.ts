import { UserError } from "../../cli/errors.ts";
import { noteLine } from "../../cli/print.ts";
import { type Mutation, mutate } from "./mutation.ts";
import { type Verdict, verdictOf, whyRed } from "./report.ts";
import { runTests } from "./vitest.ts";
import type { Workshop } from "./workshop.ts";

export type Tried = { mutation: Mutation; verdict: Verdict };

export const testsOf = (mutations: readonly Mutation[]): string[] =>
  [...new Set(mutations.flatMap(({ tests }) => tests))].sort();

/** A test that fails anyway proves nothing: all that is named passes before anything is broken. */
export async function requireGreen(
  workshop: Workshop,
  mutations: readonly Mutation[],
  signal: AbortSignal,
): Promise<void> {
  const files = testsOf(mutations);
  const { report, output } = await runTests(workshop, files, { bail: false, signal });
  if (signal.aborted) return;
  if (report === null) for (const line of output.split("\n")) noteLine(line);
  const why = report === null ? "vitest left no report" : whyRed(report, files);
  if (why !== null) throw new UserError(`nothing was broken, since the tests are not green as they are: ${why}`);
}

/** Breaks one thing, runs the tests that must notice, and puts it right again. */
export async function tryMutation(workshop: Workshop, mutation: Mutation, signal: AbortSignal): Promise<Tried> {
  const source = await workshop.read(mutation.file);
  const mutated = mutate(source, mutation);
  if (!mutated.ok) return { mutation, verdict: { kind: "unclear", why: mutated.error } };
  await workshop.write(mutation.file, mutated.value);
  try {
    const { report } = await runTests(workshop, mutation.tests, { bail: true, signal });
    const verdict =
      report === null ? ({ kind: "unclear", why: "the tests did not come to an end" } as const) : verdictOf(report);
    return { mutation, verdict };
  } finally {
    await workshop.write(mutation.file, source);
  }
}
