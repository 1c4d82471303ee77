import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgram } from "../../../cli/program.ts";
import { asksForJson, callOf } from "../../../cli/run-program.ts";
import { acceptedWords, leavesOf, type Ran, runFile, runText } from "../../helpers/program.ts";

const LEAVES = leavesOf(createProgram());
/** They boot the whole stack when their line is right. */
const BOOTS = new Set(["start", "demo"]);

let stateDir: string;
beforeAll(() => {
  stateDir = mkdtempSync(join(tmpdir(), "countersign-test-"));
});
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const countersign = (...args: string[]): Promise<Ran> =>
  runFile("cli/index.ts", args, { env: { STATE_DIR: stateDir }, cwd: stateDir });

/** Exactly one line, and an error exactly where the exit code says so. */
function answerOf({ code, stdout, stderr }: Ran): Record<string, unknown> {
  expect(stdout, stderr).toMatch(/^[^\n]+\n$/);
  const answer = JSON.parse(stdout) as Record<string, unknown>;
  if (code === 0) expect(answer).not.toHaveProperty("error");
  else expect(answer.error, stdout).toMatch(/./);
  return answer;
}

async function expectRefusal(...args: string[]): Promise<void> {
  const ran = await countersign(...args);
  answerOf(ran);
  expect(ran.code, args.join(" ")).not.toBe(0);
}

describe("every command that does something", () => {
  it("has --json", () => {
    const without = LEAVES.filter(({ command }) => !command.options.some(({ long }) => long === "--json"));
    expect(without.map(({ words }) => words.join(" "))).toEqual([]);
  });

  it.each(LEAVES.map(({ command, words }, index) => [words.join(" "), command, words, index] as const))(
    "answers --json of %s with one line: without a stack, with a wrong option or too many words, and for its help",
    async (name, command, words, index) => {
      const wrong = waysToMistype(command);
      await Promise.all([
        ...(BOOTS.has(name)
          ? []
          : [countersign(...words, ...acceptedWords(command, join(stateDir, "x1")), "--json").then(answerOf)]),
        // One way a command, in turn: a process each is dear, and the parser is one for all commands.
        expectRefusal(
          ...words,
          ...acceptedWords(command, join(stateDir, "x1")),
          ...(wrong[index % wrong.length] ?? []),
          "--json",
        ),
        countersign(...words, "--help", "--json").then(answerOf),
      ]);
    },
    90_000,
  );

  function waysToMistype({ options, registeredArguments }: (typeof LEAVES)[number]["command"]): string[][] {
    const numeric = options.find(({ parseArg }) => parseArg !== undefined)?.long ?? null;
    const takesAny = registeredArguments.some(({ variadic }) => variadic);
    return [
      ["--no-such-option"],
      ...(numeric === null ? [] : [[numeric, "no-such-value"]]),
      ...(takesAny ? [] : [["a", "b", "c"]]),
    ];
  }

  it("answers --json with one line to each way to mistype a command", async () => {
    const list = LEAVES.find(({ words }) => words.join(" ") === "cases list");
    const ways = list === undefined ? [] : waysToMistype(list.command);
    expect(ways).toHaveLength(3);
    await Promise.all(ways.map((more) => expectRefusal("cases", "list", ...more, "--json")));
  }, 90_000);

  it("answers it where an argument is missing, where no command is named, and where there is none of that name", async () => {
    await Promise.all([
      ...LEAVES.filter(({ command }) => command.registeredArguments.some(({ required }) => required)).map(({ words }) =>
        expectRefusal(...words, "--json"),
      ),
      expectRefusal("--json"),
      expectRefusal("cases", "--json"),
      expectRefusal("no-such-command", "--json"),
      expectRefusal("holds", "add", "--all", "--json"),
      countersign("--version", "--json").then(answerOf),
    ]);
  }, 90_000);

  it("answers it where the stack does not answer", async () => {
    const env = { COUNTERSIGN_CONSOLE_URL: "http://127.0.0.1:9", CONSOLE_TOKEN: "token", STATE_DIR: stateDir };
    const answer = answerOf(await runFile("cli/index.ts", ["totals", "--json"], { env }));
    expect(answer.error).toContain("does not answer");
  }, 60_000);

  it("prints the new keys as one line, and for people otherwise", async () => {
    expect(answerOf(await countersign("keys", "--json"))).toHaveProperty("GRANT_SIGNING_KEY");
    const approvals = answerOf(await countersign("keys", "--approvals", "--json"));
    expect(Object.keys(approvals)).toEqual(["APPROVAL_SIGNING_KEY", "APPROVAL_PUBLIC_KEYS"]);
    expect((await countersign("keys")).stdout).toContain("For the classifier only");
  });

  it("names the command to ask for help, as it works from the clone", async () => {
    const ran = await countersign("cases", "list", "--no-such-option", "--json");
    expect(answerOf(ran).hint).toBe("npx countersign cases list --help shows its options");
    expect(ran.stderr).toContain("(npx countersign cases list --help shows its options)");
  });
});

it("JSON reaches standard output by one function alone, which knows that the answer is given", () => {
  const files = ["cli", "test/chaos", "test/mutations"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  );
  const around = [...files, "bench/index.ts", "bench/command.ts"].filter(
    (file) => file.endsWith(".ts") && /stdout\.write\([^;]*JSON\.stringify/.test(readFileSync(file, "utf8")),
  );
  // The victim of the chaos run speaks to the run, line by line.
  expect(around.sort()).toEqual(["cli/print.ts", "test/chaos/victim.ts"]);
});

describe("the commands of npm", () => {
  it.each([
    ["bench/index.ts", "--rounds", "0"],
    ["test/chaos/index.ts", "--fault-rate", "7"],
    ["test/mutations/index.ts", "--only", "no-such-mutation"],
  ])(
    "%s answers --json with one line when it refuses",
    async (file, ...args) => {
      const ran = await runFile(file, [...args, "--json"]);
      answerOf(ran);
      expect(ran.code).toBe(1);
    },
    60_000,
  );
});

describe("a command that ends in another way", () => {
  const url = (file: string) => JSON.stringify(pathToFileURL(file).href);
  const doing = (action: string) => `
    const { Command } = await import("commander");
    const { runProgram } = await import(${url("cli/run-program.ts")});
    const { printJson, printLines } = await import(${url("cli/print.ts")});
    const { UserError } = await import(${url("cli/errors.ts")});
    const program = new Command("countersign");
    program.command("do").option("--json").action(async () => { ${action} });
    await runProgram(program, process.argv.slice(1).filter((word) => word !== "--"));
  `;

  it.each([
    ["a bug", "null.x", 1, "Cannot read properties of null"],
    [
      "a bug that nobody waits for",
      "setTimeout(() => { throw new Error('late') }); await new Promise(() => setInterval(() => 0, 1e6))",
      1,
      "late",
    ],
    [
      "a promise that nobody waits for",
      "Promise.reject(new Error('lost')); await new Promise(() => setInterval(() => 0, 1e6))",
      1,
      "lost",
    ],
    ["an exit in the middle", "process.exit(3)", 3, "ended with 3"],
    ["an exit after an interruption", "process.exit(130)", 130, "interrupted"],
    ["an end without an answer", "", 1, "ended with 0"],
    ["an error that is a text", "throw 'a text'", 1, "a text"],
  ])("answers --json with one line after %s", async (_, action, code, says) => {
    const ran = await runText(doing(action), ["do", "--json"]);
    expect(answerOf(ran).error).toContain(says);
    expect(ran.code).toBe(code);
  });

  it("answers --json with one line when it was interrupted", async () => {
    const waiting = doing("process.stderr.write('waiting'); await new Promise(() => setInterval(() => 0, 1e6))");
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const ran = await runText(waiting, ["do", "--json"], (pid) => process.kill(pid, signal));
      expect(answerOf(ran).error).toBe("interrupted");
      expect(ran.code).toBe(code);
    }
  });

  it("keeps its one line where it fails after its answer, and what is for people apart", async () => {
    const ran = await runText(doing("printLines(['for people']); printJson({ a: 1 }); throw new Error('after')"), [
      "do",
      "--json",
    ]);
    expect(ran.stdout).toBe('{"a":1}\n');
    expect(ran.stderr).toMatch(/for people\n.*after/);
    expect(ran.code).toBe(1);
  });

  it("tells the failure and its hint on two lines, whatever the words contain", async () => {
    const failing = doing("throw new UserError('a\\nforged \\u202e line', 'do this')");
    const ran = await runText(failing, ["do"]);
    expect(ran).toEqual({ code: 1, stdout: "", stderr: "countersign: a\\u{A}forged \\u{202E} line\ndo this\n" });
    expect(answerOf(await runText(failing, ["do", "--json"]))).toEqual({
      error: "a\nforged \u202e line",
      hint: "do this",
    });
  });

  it("says that --json stands behind a command, where none is named", async () => {
    const ran = await countersign("cases", "--json");
    expect(answerOf(ran)).toEqual({
      error: "name a command before --json",
      hint: "npx countersign cases --help lists the commands",
    });
    expect(ran.stderr).toContain("error: name a command before --json\n");
  });

  it("tells a hint of several lines line by line, and none of them can break", async () => {
    const failing = doing("throw new UserError('a table', ['its columns:', '  one\\ntwo'])");
    const ran = await runText(failing, ["do"]);
    expect(ran.stderr).toBe("countersign: a table\nits columns:\n  one\\u{A}two\n");
    expect(answerOf(await runText(failing, ["do", "--json"])).hint).toBe("its columns:\n  one\ntwo");
  });

  it("is no failure when its reader has gone", async () => {
    const endless = doing("setInterval(() => printLines(['x'.repeat(5000)]), 1); await new Promise(() => 0)");
    const piped = `const { spawn } = await import("node:child_process");
      const child = spawn(process.execPath, ["--input-type=module", "-e", ${JSON.stringify(endless)}, "--", "do"], { stdio: ["ignore", "pipe", "inherit"] });
      child.stdout.once("data", () => child.stdout.destroy());
      child.on("exit", (code, signal) => console.log(JSON.stringify({ code, signal })));`;
    expect(await runText(piped, [])).toEqual({ code: 0, stdout: '{"code":0,"signal":null}\n', stderr: "" });
  });
});

describe("whether a line asks for JSON", () => {
  it("is said by the word, unless it stands after --", () => {
    expect(asksForJson(["cases", "list", "--json"])).toBe(true);
    expect(asksForJson(["send", "--", "--json"])).toBe(false);
    expect(asksForJson(["--jsonx"])).toBe(false);
  });

  it("is decided by the command where the word is the value of an option", async () => {
    const ran = await countersign("holds", "add", "--all", "--reason", "--json");
    expect(ran.stdout).toBe("");
    expect(ran.stderr).toContain("nothing is running");
  });
});

it("a command is called as it works from the clone", () => {
  const cases = createProgram().commands.find((command) => command.name() === "cases");
  expect(cases === undefined ? "" : callOf(cases)).toBe("npx countersign cases");
});
