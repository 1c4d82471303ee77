import { writeSync } from "node:fs";
import type { Command, CommanderError } from "commander";
import { explain, type Failure, failureOf } from "./errors.ts";
import { answerInJson, isAnswerOwed, printJson } from "./print.ts";
import { harmless } from "./visible.ts";

/**
 * Runs a command line. A failure is told in one line on standard error, and the exit code is not 0. With `--json` standard
 * output gets exactly one line of JSON, whatever happens: docs/decisions/0040.
 */
export async function runProgram(program: Command, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  // Before the line is understood the word alone counts; afterwards, whether the command has the option.
  answerInJson(asksForJson(argv));
  program.hook("preAction", (_, command) => answerInJson(command.optsWithGlobals().json === true));
  for (const command of withSubcommands(program)) takeOver(command);
  endWithAnAnswer();
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    fail(error);
  }
}

/** Every command of a program, itself included. */
export function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

export function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? argv.length : end).includes("--json");
}

/** How a person starts a command from a clone. */
export function callOf(command: Command): string {
  const names: string[] = [];
  for (let one: Command | null = command; one !== null; one = one.parent) names.unshift(one.name());
  return names[0] === "countersign" ? `npx ${names.join(" ")}` : `npm run ${names.join(" ")} --`;
}

const helpOf = (command: Command): string =>
  `${callOf(command)} --help ${command.commands.length > 0 ? "lists the commands" : "shows its options"}`;

/** Why commander ended a command, and which. Commander has printed it already. */
class Ended extends Error {
  readonly command: Command;
  readonly why: CommanderError;
  constructor(command: Command, why: CommanderError) {
    super(why.message);
    this.command = command;
    this.why = why;
  }
}

/** What commander told on standard output, in pieces: help and version are an answer too. */
const told: string[] = [];

/** Commander throws instead of ending the process. */
function takeOver(command: Command): void {
  command.exitOverride((why) => {
    throw new Ended(command, why);
  });
  command.showHelpAfterError(`(${helpOf(command)})`);
  command.configureOutput({
    writeOut: (text) => {
      if (isAnswerOwed()) told.push(text);
      else process.stdout.write(text);
    },
    writeErr: (text) => void process.stderr.write(text),
    outputError: (text, write) => write(`${inWords(text, command).trimEnd().split("\n").map(harmless).join("\n")}\n`),
  });
}

/** To a name of several commands `--json` means nothing: one of them has it. */
const inWords = (text: string, { commands }: Command): string =>
  commands.length === 0 ? text : text.replace("unknown option '--json'", "name a command before --json");

function fail(error: unknown): void {
  if (error instanceof Ended) {
    process.exitCode = error.why.exitCode;
    if (isAnswerOwed()) printJson(error.why.exitCode === 0 ? { text: told.join("") } : usageFailure(error));
    return;
  }
  process.exitCode = process.exitCode === undefined || process.exitCode === 0 ? 1 : process.exitCode;
  process.stderr.write(`${explain(error)}\n`);
  if (isAnswerOwed()) printJson(failureOf(error));
}

function usageFailure({ command, why }: Ended): Failure {
  const said = inWords(why.message, command).replace(/^error: /, "");
  const error = why.code === "commander.help" ? "no command is named" : said;
  return { error, hint: helpOf(command) };
}

/** Whatever ends the process: a bug, a signal, an exit in the middle of a command, a reader that has gone. */
function endWithAnAnswer(): void {
  process.on("uncaughtException", (error) => {
    fail(error);
    process.exit();
  });
  process.on("exit", (code) => {
    if (!isAnswerOwed()) return;
    if (code === 0) process.exitCode = 1;
    writeSync(1, `${JSON.stringify({ error: code === 130 || code === 143 ? "interrupted" : `ended with ${code}` })}\n`);
  });
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    // A command that listens itself ends in its own way.
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(code);
    });
  }
  for (const stream of [process.stdout, process.stderr]) stream.on("error", (error) => stopUnread(error, stream));
}

/** Nobody reads any more, as with `| head -1`: stop as after SIGTERM, and that is no error. */
function stopUnread(error: NodeJS.ErrnoException, stream: NodeJS.WriteStream): void {
  if (error.code !== "EPIPE") throw error;
  if (stream === process.stderr) return;
  if (process.listenerCount("SIGTERM") > 1) process.emit("SIGTERM");
  else process.exit(0);
}
