/** What is read of the report that vitest's `json` reporter writes. */
export type Report = {
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
};

/**
 * caught    a test failed
 * survived  every test passed
 * unclear   nothing was shown: a file could not be loaded, no test ran, or the break itself is no program
 */
export type Verdict = { kind: "caught"; by: string } | { kind: "survived" } | { kind: "unclear"; why: string };

/** Not what a wrong program does, but what a text does that is none. */
const NO_PROGRAM = /^(?:ReferenceError|SyntaxError)\b/;

export function verdictOf({ testResults }: Report): Verdict {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.filter(({ status }) => status === "failed");
  const caught = failed.find(({ failureMessages }) => !NO_PROGRAM.test(failureMessages[0] ?? ""));
  if (caught) return { kind: "caught", by: caught.fullName };
  if (failed[0]) return { kind: "unclear", why: firstLine(failed[0].failureMessages[0] ?? "") };
  const unloaded = testResults.find(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  if (unloaded) return { kind: "unclear", why: `${unloaded.name} could not be loaded: ${firstLine(unloaded.message)}` };
  if (!tests.some(({ status }) => status === "passed")) return { kind: "unclear", why: "no test ran" };
  return { kind: "survived" };
}

/** What is wrong before anything was broken; null when each of these files has tests, and all of them pass. */
export function whyRed(report: Report, files: readonly string[]): string | null {
  const verdict = verdictOf(report);
  if (verdict.kind === "caught") return `${verdict.by}: fails`;
  if (verdict.kind === "unclear") return verdict.why;
  const passing = report.testResults.filter(({ assertionResults }) =>
    assertionResults.some(({ status }) => status === "passed"),
  );
  const idle = files.find((file) => !passing.some(({ name }) => name.endsWith(`/${file}`)));
  return idle === undefined ? null : `${idle}: no test of it ran`;
}

const firstLine = (text: string): string => text.split("\n")[0] ?? "";
