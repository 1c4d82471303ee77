import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import type { Shown } from "../../cli/commands/cases/show.ts";
import { createProgram } from "../../cli/program.ts";
import { withSubcommands } from "../../cli/run-program.ts";
import type { CaseRow, DeadLetterRow } from "../../shared/contracts/records.ts";
import { countersignCommands, wordsOf } from "../helpers/pages-commands.ts";
import { tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

/**
 * Every command of docs/runbook.md and docs/approver.md that can be run here, as it is written, over the running stack. Where
 * the page has a placeholder, FILLS says what the reader puts there.
 */
let system: TestStack;
let directory: string;
let cases: CaseRow[] = [];
let letter: DeadLetterRow | undefined;

/** Each with the test that runs it. */
const ELSEWHERE: readonly { command: RegExp; by: string; as: string }[] = [
  // Another person must do these.
  { command: /^policy publish VERSION$/, by: "test/system/policy.test.ts", as: "publish" },
  { command: /^policy rollback$/, by: "test/system/policy.test.ts", as: "rollback" },
  // What was logged is kept by `npm start` alone.
  { command: /^logs$/, by: "test/system/start.test.ts", as: "logs" },
];

type Fill = Readonly<Record<string, string>>;
const caseAt = (n: number): CaseRow => cases[n] as CaseRow;
const about = async (n: number): Promise<Fill> => {
  const { decide } = JSON.parse(await countersign(["cases", "show", caseAt(n).id, "--json"])) as Shown;
  return { ID: caseAt(n).id, N: String(decide?.round), HASH: decide?.proposal ?? "" };
};
/** The first that fits says what stands for the words in capitals. */
const FILLS: readonly [command: RegExp, fill: () => Fill | Promise<Fill>][] = [
  [/^cases deny /, () => about(1)],
  [/^cases close /, () => about(2)],
  [/^cases link /, () => ({ ID: caseAt(0).id, OTHER: caseAt(3).id })],
  [/^cases /, () => ({ ID: caseAt(0).id, TEXT: "what the customer said" })],
  [/^trace /, () => ({ ID: caseAt(0).id, EVENT: caseAt(0).eventId })],
  [/^holds lift --payment /, () => ({ ID: caseAt(3).payment ?? "" })],
  [/^policy /, () => ({ FILE: "policy.json" })],
  [/^dead-letters list --group /, async () => ({ GROUP: await groupOf() })],
  [/^dead-letters /, () => ({ ID: letter?.id ?? "", FILE: "event.json", NAME: letter?.reason ?? "" })],
  [/^audit verify .*> /, () => ({ HEAD: "head.json", NEWEST: "newest.json" })],
  [/^people /, () => ({ NAME: "Bea", ROLES: "reviewer" })],
];
async function groupOf(): Promise<string> {
  const { items } = JSON.parse(await countersign(["dead-letters", "groups", "--json"])) as {
    items: { group: string }[];
  };
  return items[0]?.group ?? "";
}

const commands = countersignCommands("docs/runbook.md", "docs/approver.md");
const APPROVE = "cases approve ID --round N --proposal HASH";
const here = commands.filter(
  (command) => command !== APPROVE && !ELSEWHERE.some(({ command: known }) => known.test(command)),
);

/** In this process: fifty starts of Node would take longer than what they do. Throws where it fails or exits with an error. */
async function countersign(words: readonly string[]): Promise<string> {
  const said = { out: "", err: "" };
  const take = (stream: "stdout" | "stderr", into: keyof typeof said) =>
    vi.spyOn(process[stream], "write").mockImplementation((text: string | Uint8Array): boolean => {
      said[into] += String(text);
      return true;
    });
  const spies = [take("stdout", "out"), take("stderr", "err")];
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    const program = createProgram();
    for (const command of withSubcommands(program)) command.exitOverride();
    await program.parseAsync(words, { from: "user" });
    if (process.exitCode !== undefined && process.exitCode !== 0)
      throw new Error(`it exits with ${process.exitCode}: ${said.out}${said.err}`);
    return said.out === "" ? said.err : said.out;
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}

/** As the page has it. A file that it names is in a folder of this test. */
async function runAsWritten(command: string): Promise<string> {
  const { words, into } = wordsOf(command);
  const fill = await FILLS.find(([fits]) => fits.test(command))?.[1]();
  const filled = words
    .map((word) => fill?.[word] ?? word)
    .map((word) => (/\.(?:json|csv)$/.test(word) ? join(directory, word) : word));
  const said = await countersign(filled);
  if (into !== null) writeFileSync(join(directory, fill?.[into] ?? into), said);
  return said;
}

async function refundTooMuch(): Promise<void> {
  const told = tell();
  await system.stripe.put(told.objects);
  await system.ingest.request({ message: `Refund 99.99 USD of payment ${told.id.payment}.` });
}
async function die(): Promise<void> {
  const told = tell();
  await system.stripe.put(told.objects);
  await system.claude.faults([{ kind: "authentication", times: 1_000, match: told.id.payment }]);
  await system.ingest.request({ message: `Please refund payment ${told.id.payment}.` });
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "countersign-test-"));
  system = await bootStack({ vars: { SWEEP_MS: "200" } });
  const { consoleUrl, keys } = system.stack;
  for (const [name, value] of Object.entries({
    COUNTERSIGN_CONSOLE_URL: consoleUrl,
    CONSOLE_TOKEN: keys.CONSOLE_TOKEN,
  }))
    vi.stubEnv(name, value);
  await Promise.all([...[1, 2, 3, 4, 5].map(refundTooMuch), die()]);
  cases = await waitFor(
    "five cases",
    async () =>
      (JSON.parse(await countersign(["cases", "list", "--to-decide", "--json"])) as { items: CaseRow[] }).items,
    ({ length }) => length === 5,
    60_000,
  );
  [letter] = await waitFor(
    "a dead letter",
    () => system.console.deadLetters(),
    ({ length }) => length === 1,
    60_000,
  );
  await countersign(["people", "add", "Bea", "--role", "viewer"]);
  await countersign(["holds", "add", "--payment", caseAt(3).payment ?? "", "--reason", "two orders"]);
}, 120_000);
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  vi.unstubAllEnvs();
  await system?.stop();
  rmSync(directory, { recursive: true });
});

it.each(ELSEWHERE)("$command is run by $by", ({ command, by, as }) => {
  expect(commands.some((one) => command.test(one))).toBe(true);
  expect(readFileSync(join(import.meta.dirname, "../..", by), "utf8")).toContain(as);
});

it("has every placeholder of the pages filled", () => {
  const open = here.filter(
    (command) => /\b[A-Z]{2,}\b|\bN\b/.test(command) && !FILLS.some(([fits]) => fits.test(command)),
  );
  expect(open).toEqual([]);
  expect(here.length).toBeGreaterThan(40);
});

it.each(here)(
  "npx countersign %s",
  async (command) => {
    // What is written into a file that the next command reads is changed, as a person would.
    if (command === "policy draft FILE")
      change("policy.json", (document) => {
        (document as { handling: { patienceMs: number } }).handling.patienceMs += 1_000;
      });
    if (/^dead-letters edit ID FILE/.test(command))
      change("event.json", (event) => {
        Object.assign(event, { amountMinor: 100, currency: "USD" });
      });
    expect((await runAsWritten(command)).length).toBeGreaterThan(0);
  },
  30_000,
);

function change(file: string, edit: (value: object) => void): void {
  const path = join(directory, file);
  const value = JSON.parse(readFileSync(path, "utf8")) as object;
  edit(value);
  writeFileSync(path, JSON.stringify(value));
}

it("notes a case and closes it with the command that `cases show` prints", async () => {
  const { id } = caseAt(4);
  await countersign(["cases", "note", id, "the answer to the same request"]);
  const shown = (await countersign(["cases", "show", id])).replace(/ \\\n\s*/g, " ").split("\n");
  const printed =
    shown.map((line) => line.trim()).find((line) => line.startsWith(`npx countersign cases close ${id} `)) ?? "";
  const codes = /to close\s+(\w+)/.exec(shown.join("\n"))?.[1] ?? "";
  await countersign(wordsOf(printed.replace(/^npx countersign /, "").replace(/\bCODE$/, codes)).words);
  const { case: row, notes = [] } = JSON.parse(await countersign(["cases", "show", id, "--json"])) as Shown;
  expect(row).toMatchObject({ state: "closed", code: codes });
  expect(notes.map(({ text }) => text)).toEqual(["the answer to the same request"]);
});

it("approves a duplicate as an approver, with the override that the page names", async () => {
  expect(commands).toContain(APPROVE);
  const told = tell();
  await system.stripe.put(told.objects);
  const refunds = async () => (await system.refundsOf(told.id.payment)).length;
  await system.stripe.control("refunds", { payment_intent: told.id.payment, amount: 1000 });
  await system.ingest.request({ message: `Refund 10.00 USD of payment ${told.id.payment}.` });
  const [row] = await waitFor(
    "the case of another refund",
    async () => {
      const words = ["cases", "list", "--about", told.id.payment, "--json"];
      return (JSON.parse(await countersign(words)) as { items: CaseRow[] }).items;
    },
    ({ length }) => length === 1,
    30_000,
  );
  const { token } = JSON.parse(await countersign(["people", "add", "Ann", "--role", "approver", "--json"])) as {
    token: string;
  };
  vi.stubEnv("CONSOLE_TOKEN", token);
  cases = [row as CaseRow];
  const { ID = "", N = "", HASH = "" } = await about(0);
  const fill: Fill = { ID, N, HASH };
  const words = wordsOf(APPROVE).words.map((word) => fill[word] ?? word);
  expect(await countersign([...words, "--override", "duplicate"])).toContain("Approved by Ann");
  await waitFor("the refund", refunds, (count) => count === 2, 30_000);
}, 120_000);
