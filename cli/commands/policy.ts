import { existsSync, readFileSync } from "node:fs";
import type { PolicyDocument } from "../../shared/contracts/policy.ts";
import type {
  PolicyComparison,
  PolicyShown,
  PublicationRow,
  PublishedAnswer,
} from "../../shared/contracts/policy-answers.ts";
import { parseJson } from "../../shared/core/json.ts";
import { secondOf } from "../../shared/core/time.ts";
import { callConsole, consoleTarget, type Target } from "../client.ts";
import { UserError } from "../errors.ts";
import { listLines } from "../list.ts";
import { linesOfChanges, wordsOfValue } from "../policy-words.ts";
import { printJson, printLines, screenWidth } from "../print.ts";
import type { Environment } from "../settings.ts";
import { commandOf } from "../shell.ts";
import { visible, wrapTo } from "../visible.ts";

type Json = { json?: true };
type ShowOptions = Json & { default?: true; schema?: true; document?: true };

export async function show(version: string | undefined, env: Environment, options: ShowOptions): Promise<void> {
  const target = consoleTarget(env);
  if (options.schema === true) return printDocument(await callConsole(target, "GET /api/policy/schema", {}), options);
  const found: Pick<PolicyShown, "version" | "document"> & Partial<PolicyShown> =
    options.default === true
      ? await callConsole(target, "GET /api/policy/default", {})
      : await callConsole(target, "GET /api/policy", { query: { version } });
  if (options.document === true) return printDocument(found.document, options);
  if (options.json === true) return printJson(found);
  const { publication = null, draft = null } = found;
  printLines([
    `policy ${found.version}`,
    ...(publication === null ? [] : [lineOf(publication)]),
    ...(draft === null ? [] : [`drafted by ${draft.by.name} at ${secondOf(draft.at)} UTC`]),
    "",
    ...rowsOf(found.document).flatMap(([path = "", value = ""]) => valueLines(path, value)),
    "",
    "To change it, write it to a file, edit that, and draft it:",
    "  npx countersign policy show --document",
    "  npx countersign policy draft p.json",
  ]);
}

/** As it is edited, and drafted again. */
function printDocument(document: object, { json }: Json): void {
  if (json === true) printJson(document);
  else printLines(JSON.stringify(document, null, 2).split("\n"));
}

const PATH = 50;
/** In 80 columns and whole: what decides is not cut. A value that does not fit beside its path stands below it. */
export function valueLines(path: string, value: string): string[] {
  if (path.length < PATH && value.length <= screenWidth() - PATH) return [`${path.padEnd(PATH)}${value}`];
  return [path, ...wrapTo(visible(value), screenWidth() - 4, 100).map((line) => `    ${line}`)];
}

/** What every currency is worth would fill two pages. */
const rowsOf = (document: PolicyDocument): string[][] => {
  const { worthUsdCents, ...guardrails } = document.guardrails;
  const worth = `of ${Object.keys(worthUsdCents).length} currencies: --document shows them`;
  return [...valuesIn({ ...document, guardrails }), ["guardrails.worthUsdCents", worth]];
};
const valuesIn = (value: object, above = ""): string[][] =>
  Object.entries(value).flatMap(([name, inner]) => {
    const path = above === "" ? name : `${above}.${name}`;
    const isGroup = typeof inner === "object" && inner !== null && !Array.isArray(inner);
    return isGroup ? valuesIn(inner as object, path) : [[path, wordsOfValue(path, inner)]];
  });

export async function draft(file: string, env: Environment, options: Json & { reason?: string }): Promise<void> {
  const body = { document: readDocument(file), ...reasonIn(options) };
  const answer = await callConsole(consoleTarget(env), "POST /api/policy/draft", { body });
  if (options.json === true) return printJson(answer);
  const { result, version, draft: row } = answer;
  const by = result === "drafted" ? "drafted" : `was drafted by ${row.by.name} at ${secondOf(row.at)} UTC already`;
  printLines([`policy ${version} is ${by}`.replace("is was", "was"), ...linesOfComparison(answer)]);
}

/** What a person wrote, whatever it is: the console checks it. */
function readDocument(file: string): PolicyDocument {
  if (file !== "-" && !existsSync(file)) throw new UserError(`there is no file ${file} (seen from ${process.cwd()})`);
  const parsed = parseJson(readFileSync(file === "-" ? 0 : file, "utf8"));
  if (parsed.ok) return parsed.value as PolicyDocument;
  throw new UserError(`${file === "-" ? "what was sent" : file} is no JSON: ${parsed.error}`);
}

export async function diff(version: string | undefined, env: Environment, options: Json): Promise<void> {
  const target = consoleTarget(env);
  const wanted = version ?? (await newestDraft(target));
  const found = await callConsole(target, "GET /api/policy/diff", { query: { version: wanted } });
  if (options.json === true) printJson(found);
  else printLines(linesOfComparison(found));
}

async function newestDraft(target: Target): Promise<string> {
  const { items } = await callConsole(target, "GET /api/policy/drafts", {});
  const [newest] = items;
  if (newest === undefined) throw new UserError("nothing is drafted: npx countersign policy draft FILE");
  return newest.version;
}

function linesOfComparison({ version, over, changes, breaches, warnings }: PolicyComparison): string[] {
  if (changes.length === 0) return [`it says what policy ${over} says, which is in force`];
  return [
    "",
    `against policy ${over}, which is in force:`,
    "",
    ...linesOfChanges(changes),
    ...titled("It cannot be published:", breaches),
    ...titled("Know before it is published:", warnings),
    ...(breaches.length > 0
      ? []
      : [
          "",
          "To publish it, another person runs:",
          `  npx countersign policy publish ${version} \\`,
          `      --over ${over}`,
        ]),
  ];
}
const titled = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];

type PublishOptions = Json & { over?: string; reason?: string };

export async function publish(version: string, env: Environment, options: PublishOptions): Promise<void> {
  const body = { version, ...overIn(options), ...reasonIn(options) };
  say(await callConsole(consoleTarget(env), "POST /api/policy/publish", { body }), options);
}

export async function rollback(version: string | undefined, env: Environment, options: PublishOptions): Promise<void> {
  const body = { ...(version === undefined ? {} : { version }), ...overIn(options), ...reasonIn(options) };
  say(await callConsole(consoleTarget(env), "POST /api/policy/rollback", { body }), options);
}

function say(answer: PublishedAnswer, { json }: Json): void {
  const { result, publication, changes, warnings } = answer;
  if (json === true) {
    printJson(answer);
    return;
  }
  printLines([
    `policy ${publication.version} ${result === "published" ? "is published" : "was published before"}: in ten seconds nothing is decided or sent under another one`,
    lineOf(publication),
    ...(changes.length === 0 ? [] : ["", ...linesOfChanges(changes)]),
    ...titled("Know that:", warnings),
  ]);
}

type HistoryOptions = Json & { drafts?: true; limit: number; before?: number };

export async function history(env: Environment, options: HistoryOptions): Promise<void> {
  const target = consoleTarget(env);
  if (options.drafts === true) return await listDrafts(target, options);
  const { limit, before } = options;
  const found = await callConsole(target, "GET /api/policy/history", { query: { limit, before } });
  if (options.json === true) return printJson(found);
  printLines(
    listLines({
      title: { at: "published", what: "version, by whom" },
      entries: found.items.map((row) => ({ at: row.at, head: row.version, lines: [lineOf(row)] })),
      more:
        found.next === null
          ? []
          : ["there are more:", `  ${commandOf({ command: "policy history", options: { before: found.next } })}`],
    }),
  );
}

async function listDrafts(target: Target, { json }: Json): Promise<void> {
  const found = await callConsole(target, "GET /api/policy/drafts", {});
  if (json === true) return printJson(found);
  printLines(
    found.items.length === 0
      ? ["nothing is drafted"]
      : listLines({
          title: { at: "drafted", what: "version, by whom" },
          entries: found.items.map(({ at, version, by }) => ({ at, head: version, lines: [`by ${by.name}`] })),
          more: [],
        }),
  );
}

const lineOf = ({ n, at, by, draftedBy }: PublicationRow): string =>
  by === null
    ? `publication ${n}: the deployment began with it at ${secondOf(at)} UTC`
    : `publication ${n}, by ${by.name} at ${secondOf(at)} UTC${draftedBy === null ? "" : `, drafted by ${draftedBy.name}`}`;
const reasonIn = ({ reason }: { reason?: string }) => (reason === undefined ? {} : { reason });
const overIn = ({ over }: { over?: string }) => (over === undefined ? {} : { over });
