import { describe, expect, it } from "vitest";
import { type Mutation, mutate } from "../../mutations/mutation.ts";
import { pageOf } from "../../mutations/page.ts";
import { type Report, verdictOf, whyRed } from "../../mutations/report.ts";

const mutation: Mutation = {
  promise: "twice",
  name: "lease-unchecked",
  breaks: "It begins twice.",
  file: "shared/ledger/action/begin.ts",
  find: "a || b",
  replace: "a",
  tests: ["test/unit/a.test.ts"],
};

type Test = [fullName: string, status: string, ...failureMessages: string[]];

const fileOf = (name: string, tests: Test[], message = ""): Report["testResults"][number] => ({
  name: `/tmp/copy/${name}`,
  status: message !== "" || tests.some(([, status]) => status === "failed") ? "failed" : "passed",
  message,
  assertionResults: tests.map(([fullName, status, ...failureMessages]) => ({ fullName, status, failureMessages })),
});
const reportOf = (...testResults: Report["testResults"]): Report => ({ testResults });

describe("a mutation", () => {
  it("replaces its text, and nothing else", () => {
    expect(mutate("if (a || b) go();", mutation)).toEqual({ ok: true, value: "if (a) go();" });
    expect(mutate("a || b", { ...mutation, replace: "$&$1" })).toEqual({ ok: true, value: "$&$1" });
  });

  it.each([
    ["is gone", "if (a) go();", "no longer contains"],
    ["stands there twice", "a || b; a || b", "contains 2 times"],
  ])("is not made where its text %s", (_what, source, said) => {
    expect(mutate(source, mutation)).toEqual({ ok: false, error: expect.stringContaining(said) });
  });
});

describe("a test run", () => {
  it("has caught the break when a test failed, and names the first one", () => {
    const report = reportOf(
      fileOf("a.test.ts", [
        ["x holds", "passed"],
        ["y holds", "failed", "AssertionError: expected 1 to be 2"],
        ["z holds", "failed", "TypeError: cannot read properties of undefined"],
      ]),
    );
    expect(verdictOf(report)).toEqual({ kind: "caught", by: "y holds" });
  });

  it("has let it survive when every test passed", () => {
    expect(verdictOf(reportOf(fileOf("a.test.ts", [["x holds", "passed"]])))).toEqual({ kind: "survived" });
  });

  it.each([
    [
      "a file could not be loaded",
      reportOf(fileOf("a.test.ts", [], "SyntaxError: unexpected token")),
      "could not be loaded",
    ],
    ["no test ran", reportOf(), "no test ran"],
    ["all were skipped", reportOf(fileOf("a.test.ts", [["x holds", "skipped"]])), "no test ran"],
    [
      "the break is no program",
      reportOf(fileOf("a.test.ts", [["x", "failed", "ReferenceError: b is not defined"]])),
      "ReferenceError",
    ],
  ])("has shown nothing when %s", (_when, report, why) => {
    expect(verdictOf(report)).toEqual({ kind: "unclear", why: expect.stringContaining(why) });
  });
});

describe("the tests as they are", () => {
  const green = fileOf("test/unit/a.test.ts", [["x holds", "passed"]]);

  it("are green when each file that is named has tests that pass", () => {
    expect(whyRed(reportOf(green), ["test/unit/a.test.ts"])).toBe(null);
  });

  it("are not when a test fails, or when a file that is named has none", () => {
    const red = fileOf("test/unit/b.test.ts", [["y holds", "failed", "AssertionError"]]);
    expect(whyRed(reportOf(green, red), ["test/unit/a.test.ts", "test/unit/b.test.ts"])).toContain("y holds");
    expect(whyRed(reportOf(green), ["test/unit/a.test.ts", "test/unit/b.test.ts"])).toContain("test/unit/b.test.ts");
  });
});

describe("the page", () => {
  it("puts each mutation under its promise, in a table that its text cannot break", () => {
    const page = pageOf([{ ...mutation, breaks: "It is `a | b` then." }]);
    const [, section = ""] = page.split("\n## Nothing is executed twice\n");
    expect(section.split("\n## ")[0]).toContain(
      "| `lease-unchecked` | It is `a \\| b` then. | `shared/ledger/action/begin.ts` | `test/unit/a.test.ts` |",
    );
  });
});
