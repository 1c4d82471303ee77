/**
 * `node tools/facts-page.ts` writes docs/facts.md and shared/contracts/types-that-act.ts from the tables of facts. A test
 * compares both with them.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_DOCUMENT } from "../shared/policy/document.ts";
import { deciderOf, FACTS, followingOf } from "../shared/policy/facts.ts";
import { ADYEN_FACTS } from "../shared/providers/adyen/facts.ts";
import type { FactLine, When } from "../shared/providers/fact-table.ts";
import { STRIPE_FACTS, STRIPE_REPORTS } from "../shared/providers/stripe/facts.ts";

const { guardrails } = DEFAULT_DOCUMENT;

const INTRO = `# Facts

A fact is what happened in the business. Several events can tell of one, and it is decided once. This page is written from tables in
the code and from the default policy document, and a test compares it with them. To change what becomes of an event, change a line of a table, then run \`node tools/facts-page.ts\`. It also writes
\`shared/contracts/types-that-act.ts\`, by which \`countersign send\` says on which types nothing acts.

- \`shared/policy/facts.ts\` says what each fact is: whether it has a course, and whether our own call may cause it.
- The policy document (\`shared/policy/default.json\`, [policy.md](policy.md)) says who decides a fact, and what may follow from it. A fact that it does not name is a person's.
- \`shared/providers/stripe/facts.ts\` and \`shared/providers/adyen/facts.ts\` say which events tell of it. The first line that fits an event counts. An event without a line is recorded, and asks for no decision.

Some facts of people are looked at before there is a case (\`shared/decision/matters/\`): a dispute that is won or a refund that succeeded needs
nobody, nor does a hold that we released or whose payment was canceled on purpose, nor a mandate that no waiting retry would use. What cannot be read is a case that says so.`;

/** The page as it must be. */
export function factsPage(): string {
  const facts = Object.keys(FACTS).map((name) => {
    const fact = name as keyof typeof FACTS;
    const { hasCourse, isEchoOfOurs } = FACTS[fact];
    return [
      code(fact),
      DECIDES[deciderOf(fact, guardrails)],
      followingOf(fact, guardrails).map(code).join(" "),
      hasCourse ? "yes" : "",
      isEchoOfOurs ? "yes" : "",
    ];
  });
  return [
    INTRO,
    "## What follows from a fact",
    "A fact with a course goes on after its first event: each event reads how it stands, and its case follows. An event that our own call caused is an echo only where this table says so.",
    table(
      ["fact", "who decides", "what may follow", "has a course", "an event of it by our own call is an echo"],
      facts,
    ),
    "## Which events of Stripe tell of it",
    table(HEAD, STRIPE_FACTS.map(rowOf)),
    "## Which events of Adyen tell of it",
    "`.failed` is our ending for `success: false`.",
    table(HEAD, ADYEN_FACTS.map(rowOf)),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}

const HEAD = ["event", "when", "tells of"];
const DECIDES = { agent: "Claude", person: "a person", outside: "an outside agent" } as const;
const code = (word: string): string => `\`${word}\``;

function rowOf(line: FactLine): string[] {
  return [sayTypes(line.types).join("<br>"), sayWhen(line.when ?? {}), tellsOf(line)];
}

/** An event whose failure is meant as well is one entry. */
function sayTypes(types: readonly string[]): string[] {
  const failed = (type: string): string => `${type}.failed`;
  return types
    .filter((type) => !types.some((other) => failed(other) === type))
    .map((type) => (types.includes(failed(type)) ? `${code(type)} (also \`.failed\`)` : code(type)));
}

function tellsOf(line: FactLine): string {
  if ("fact" in line) return code(line.fact);
  if ("follows" in line) return `followed where it has a case: ${code(line.follows)}`;
  return "recorded" in line
    ? `only recorded: ${line.recorded}`
    : `only recorded: it is the same fact as ${line.accompanies}, which decides`;
}

function sayWhen({ refundStatus, refundStatusBut, circumstance, without }: When): string {
  return [
    refundStatus === undefined ? null : `its refund is ${refundStatus.map(code).join(", ")}`,
    refundStatusBut === undefined ? null : `its refund is said, and neither ${refundStatusBut.map(code).join(" nor ")}`,
    circumstance === undefined ? null : `it says ${circumstance.map(code).join(", ")}`,
    without === undefined ? null : `it has no ${without.join(" and no ")}`,
  ]
    .filter((part) => part !== null)
    .join("; ");
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The types of events that something acts on, for who may not import policy and providers: the command line. */
export function typesThatAct(): string {
  const lines = [...STRIPE_FACTS, ...ADYEN_FACTS];
  const types = [...new Set(lines.flatMap((line) => line.types))].filter((type) => actsOn(lines, type) !== null);
  const reporting = [...STRIPE_REPORTS].sort();
  return `import type { FactKind } from "./facts.ts";

/**
 * The types of events that something acts on. Written by \`node tools/facts-page.ts\` from the tables of policy and of the
 * providers; a test compares it with them. An event of any other type is recorded.
 */
export type Acts =
  /** \`isAlways\`: whatever else the event says. */
  { fact: FactKind; decides: "agent" | "person" | "outside"; isAlways: boolean };

export const TYPES_THAT_ACT: ReadonlyMap<string, Acts> = new Map<string, Acts>([
${[...OWN.map(([type, fact]) => [type, entryOf(fact, true)]), ...types.map((type) => [type, actsOn(lines, type)])]
  .map(([type, entry]) => `  ["${type}", ${entry}],`)
  .join("\n")}
]);

/** Types that say how an action of ours ended, where they name one. */
export const TYPES_THAT_REPORT: ReadonlySet<string> = new Set([
${reporting.map((type) => `  "${type}",`).join("\n")}
]);
`;
}

const OWN = [
  ["countersign.request", "request"],
  ["countersign.decision", "outside_decision"],
] as const;

/** What an event of the type leads to, as source; null where no event of it leads to anything. */
function actsOn(lines: readonly FactLine[], type: string): string | null {
  const own = lines.filter((line) => line.types.includes(type));
  const acting = own.find((line) => "fact" in line);
  if (acting === undefined || !("fact" in acting)) return null;
  return entryOf(acting.fact, own[0] === acting && acting.when === undefined);
}

const entryOf = (fact: keyof typeof FACTS, isAlways: boolean): string =>
  `{ fact: "${fact}", decides: "${deciderOf(fact, guardrails)}", isAlways: ${isAlways} }`;

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, "../docs/facts.md"), factsPage());
  writeFileSync(join(import.meta.dirname, "../shared/contracts/types-that-act.ts"), typesThatAct());
}
