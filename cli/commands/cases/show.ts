import { askedFor } from "../../../shared/contracts/asked.ts";
import type { ProposalChange } from "../../../shared/contracts/case-decision.ts";
import type { CaseAnswer } from "../../../shared/contracts/case-shown.ts";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import { secondOf } from "../../../shared/core/time.ts";
import { callConsole, consoleTarget } from "../../client.ts";
import { UserError } from "../../errors.ts";
import { printJson, printLines, screenWidth } from "../../print.ts";
import type { Environment } from "../../settings.ts";
import { commandOf, quoted } from "../../shell.ts";
import { visible, widthOf } from "../../visible.ts";
import { moneyOf, standingOf } from "./list.ts";

/** The answer of the console for one case; what an earlier one did not say is absent. */
export type Shown = Pick<CaseAnswer, "case" | "trace"> &
  Partial<Omit<CaseAnswer, "case" | "trace" | "details">> & {
    details?: Pick<CaseAnswer["details"], "says" | "verdicts"> & { given?: Given | null };
  };
type Given = { overrides: readonly string[]; change: ProposalChange | null };

type Kind = CaseRow["about"];

export async function show(id: string, env: Environment, options: { trace?: boolean; json?: true }): Promise<void> {
  refuseOther(id);
  const found = await read(id, env);
  if (options.json === true) return printJson(found);
  await print(found, options.trace !== false);
}

/** The case that comes next, with all that its decision needs. Deciding it takes its id, which is printed. */
export async function next(env: Environment, options: { kind?: Kind; trace?: true; json?: true }): Promise<void> {
  const { kind } = options;
  const { case: row } = await callConsole(consoleTarget(env), "GET /api/cases/next", { query: { kind } });
  const found = row === null ? null : await read(row.id, env);
  if (options.json === true) return printJson(found ?? { case: null });
  if (found !== null) return await print(found, options.trace === true);
  printLines([
    "nothing is left for you to decide",
    "what waits for an answer:          npx countersign cases list --asked",
    "what nobody judges one by one:     npx countersign cases groups",
    "what is aside or somebody else's:  npx countersign cases list --to-decide",
  ]);
}

const read = async (id: string, env: Environment): Promise<Shown> =>
  await callConsole(consoleTarget(env), "GET /api/cases/{id}", { path: { id } });

async function print(found: Shown, withTrace: boolean): Promise<void> {
  const { trace } = found;
  // Its messages take a while to load, and a list does not need them.
  const { traceLines } = await import("../../story.ts");
  printLines([
    ...caseLines(found),
    ...(withTrace && trace !== null ? ["", ...traceLines(trace)] : []),
    ...section("next", commandsOf(found).flatMap(folded)),
    ...codeLines(found),
  ]);
}

const LABEL = 13;

/** In 80 columns: what is longer goes on below itself. No id and no address is cut; one that is too long has a line of its own. */
function told(label: string, text: string): string[] {
  const room = screenWidth() - LABEL;
  const lines: string[] = [];
  for (const word of visible(text).split(" ")) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last === undefined || widthOf(longer) > room) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line, index) =>
    index > 0 && widthOf(line) > room ? `  ${line}` : (index === 0 ? label : "").padEnd(LABEL) + line,
  );
}

export function caseLines({ case: row, details, notes = [], links = [], similar = [], history }: Shown): string[] {
  const closed = row.closedAt === null ? "" : `, closed ${secondOf(row.closedAt)} UTC`;
  const by = (row.decidedBy ?? null) === null ? "" : ` by ${row.decidedBy}`;
  const code = (row.code ?? null) === null ? "" : ` (${row.code})`;
  return [
    row.id,
    `${row.state}${by}${code}, opened ${secondOf(row.openedAt)} UTC${closed}`,
    ...(row.isInformation === 1 ? ["for information: it goes on by itself, and there is nothing to approve"] : []),
    "",
    ...told("what", [row.kind, moneyOf(row), "on", row.subject].filter((word) => word !== "").join(" ")),
    ...(standingOf(row) === "" ? [] : told("stands", standingOf(row))),
    ...told("why", row.reason),
    ...(details?.says ?? []).flatMap(({ label, text }) => told(label, text)),
    ...(details?.verdicts ?? []).flatMap(({ rule, reason, mayBeOverridden }) =>
      told(
        mayBeOverridden ? "to override" : "refused",
        [
          rule,
          ...(row.reason.includes(reason) ? [] : [`: ${reason}`]),
          ...(mayBeOverridden ? [] : [" (nobody may override this)"]),
        ].join(""),
      ),
    ),
    ...notes.flatMap((one) => told(one.what, `${secondOf(one.at)} UTC, ${one.byName}: ${one.text}`)),
    ...links.flatMap(({ other }) => told("linked", other)),
    ...similar.flatMap((one) =>
      told(
        "similar",
        `${one.id} ${[one.kind, moneyOf(one)].filter((word) => word !== "").join(" ")}: ${one.state}${one.code === null ? "" : ` (${one.code})`}, same ${one.because}`,
      ),
    ),
    ...(history?.cases ?? []).flatMap((one) =>
      told("also", `${one.id} ${alsoOf(one)}: ${one.state}, opened ${secondOf(one.openedAt)} UTC`),
    ),
    ...(details === undefined ? told("summary", row.summary) : []),
  ];
}

/** "refund 42.50 USD on pi_1". A console of before names no target. */
const alsoOf = ({
  about,
  subject,
  amountMinor = null,
  currency = null,
}: NonNullable<Shown["history"]>["cases"][number]): string =>
  [about, moneyOf({ amountMinor, currency }), subject === undefined ? "" : `on ${subject}`]
    .filter((word) => word !== "")
    .join(" ");

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];

/** What may stand for CODE in the commands. */
export function codeLines({ case: { kind }, decide = null, codes = null }: Shown): string[] {
  if (decide === null || codes === null) return [];
  const of = (name: "deny" | "close"): string[] => told(`  to ${name}`, Object.keys(codes[name]).join(", "));
  return [
    "",
    "CODE is one of these; what each means: npx countersign policy show",
    ...(isProposed(kind) ? of("deny") : []),
    ...of("close"),
  ];
}

const FITS = 78;
/** A long command goes on behind a backslash, so that a shell reads it as one. */
export function folded(command: string): string[] {
  if (command.length <= FITS) return [command];
  const [head = "", ...options] = command.split(
    / (?=--(?:round|code|override|reason|amount-minor|variant|payment|invoice|subscription) )/,
  );
  const rest = options.join(" ").length <= FITS - 4 ? [options.join(" ")] : options;
  const lines = [head, ...rest.map((line) => `    ${line}`)];
  return lines.map((line, index) => (index === lines.length - 1 ? line : `${line} \\`));
}

/** The commands that may follow, as they can be typed: a decision names exactly what was shown. */
export function commandsOf({ case: row, details, decide = null, history }: Shown): string[] {
  const look = (history?.find ?? []).map((path) => `npx countersign trace ${quoted(idIn(path))}`);
  if (decide === null) return look;
  const { round, proposal } = decide;
  const about = { round, proposal };
  const command = (name: string, options: Parameters<typeof commandOf>[0]["options"]): string =>
    commandOf({ command: `cases ${name} ${row.id}`, options });
  const verdicts = details?.verdicts ?? [];
  const given = details?.given ?? null;
  const override = (given?.overrides ?? verdicts.map(({ rule }) => rule)).join(",");
  const refusing = verdicts.filter(({ mayBeOverridden }) => !mayBeOverridden);
  const mayApprove = isProposed(row.kind) && refusing.length === 0;
  const mayChange =
    row.kind === "refund" && refusing.length > 0 && refusing.every(({ rule }) => OF_AMOUNT.includes(rule));
  const passed = verdicts.filter(({ mayBeOverridden }) => mayBeOverridden).map(({ rule }) => rule);
  return [
    ...(mayApprove
      ? [
          command("approve", {
            ...about,
            ...given?.change,
            variant: given?.change?.variant ?? undefined,
            override: override === "" ? undefined : override,
          }),
        ]
      : []),
    ...(mayChange
      ? [
          command("approve", {
            ...about,
            amountMinor: "MINOR_UNITS",
            currency: row.currency ?? undefined,
            override: passed.length === 0 ? undefined : passed.join(","),
          }),
        ]
      : []),
    // What proposes nothing has nothing to say no to.
    ...(isProposed(row.kind) ? [command("deny", { ...about, code: "CODE" })] : []),
    command("close", { ...about, code: "CODE" }),
    `npx countersign cases ask ${row.id} 'TEXT'`,
    `npx countersign cases snooze ${row.id} 1d`,
    `npx countersign cases assign ${row.id}`,
    ...(row.customer === null || row.customer === undefined
      ? []
      : [`npx countersign cases hold ${row.id} --reason 'TEXT'`]),
    ...look,
  ];
}

/** What refuses an amount, and may let another one pass: a refund is approved changed then. */
const OF_AMOUNT: readonly string[] = ["captured", "amount_known"];

const isProposed = (kind: string): boolean => kind !== "escalate";

const idIn = (path: string): string => decodeURIComponent(path.split("id=")[1] ?? "");

/** Before anything is asked: what is the id of something else leads somewhere too. */
export function refuseOther(id: string): void {
  const { kind } = askedFor(id);
  if (kind === "case" || kind === "notice") return;
  throw new UserError(`${id} is not the id of a case: \`npx countersign cases list\` shows the ids`, [
    `what is known of it: npx countersign trace ${quoted(id)}`,
  ]);
}
