/**
 * `node tools/policy-page.ts` writes docs/policy.md and docs/policy.schema.json from the schema of the policy document and
 * from the default document. A test compares both with them.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { toJsonSchema } from "@valibot/to-json-schema";
import { policyDocument, type SectionName } from "../shared/contracts/policy.ts";
import { SOURCE } from "../shared/contracts/policy-fields.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../shared/core/time.ts";
import { DEFAULT_DOCUMENT } from "../shared/policy/document.ts";

const INTRO = `# Policy

Every number and list of policy stands in one JSON document. This page is written from its schema and from the default document by
\`node tools/policy-page.ts\`, and a test compares them. The default is \`shared/policy/default.json\`: a deployment starts with it. The schema is
[policy.schema.json](policy.schema.json), for an editor. Every field is required and no other is allowed. A time is in milliseconds, money in US cents, converted roughly.

The version of a document is the hash of its content, so no number changes under an old version, and the order of its fields is nothing. Each section has
a hash of its own. A grant names that of \`guardrails\`, so a change of another section makes no grant stale; the record of a decision names the version
of the whole. Why: [0044](decisions/0044-policy-is-a-document.md).`;

const SECTIONS: Record<SectionName, string> = {
  guardrails:
    "What a decision and a grant depend on. A change of it makes the grants of before stale: each is renewed when it is due, through the guardrails as they are then.",
  envelopes: "How much money may be at risk in a sliding hour. The gate alone enforces it.",
  handling: "What becomes of failures and of waits. Each shard of the ledger has its own copy.",
  cases: "How people's work is ordered, when it is due, and with which reasons it ends.",
  approvals: "What people may let pass, and how many of them it takes.",
  publishing: "Who may change this document, and by how much. The bounds are those of the document that is published.",
};

/** What is read of a JSON schema. */
type Node = {
  description?: string;
  properties?: Readonly<Record<string, Node>>;
};

/** The JSON schema of the document. What a schema of that kind cannot say is checked besides. */
export const policySchema = (): Node =>
  toJsonSchema(policyDocument, { ignoreActions: ["check", "raw_check"] }) as unknown as Node;

export const policySchemaText = (): string => `${JSON.stringify(policySchema(), null, 2)}\n`;

/** The page as it must be. */
export function policyPage(): string {
  const sections = policySchema().properties ?? {};
  const written = Object.entries(SECTIONS).flatMap(([name, says]) => {
    const node = sections[name];
    if (node === undefined) throw new Error(`the schema has no section ${name}`);
    const value: unknown = DEFAULT_DOCUMENT[name as SectionName];
    return [`## ${name}`, says, ...tablesOf(node, value, name)];
  });
  return `${[INTRO, ...written].join("\n\n")}\n`;
}

/** One table of the fields, and one for each part whose fields are all alike. */
function tablesOf(node: Node, value: unknown, path: string): string[] {
  const rows: string[][] = [];
  const others: string[] = [];
  function visit(at: Node, here: unknown, name: string): void {
    if (at.properties === undefined) rows.push(rowOf(at, here, name));
    else if (isAlike(at)) others.push(...alike(at, here, name));
    else for (const [key, inner] of Object.entries(at.properties)) visit(inner, fieldOf(here, key), `${name}.${key}`);
  }
  visit(node, value, path);
  const own = rows.length === 0 ? [] : [table(["path", "meaning", "source", "default"], rows)];
  return [...own, ...others];
}

function rowOf({ description = "" }: Node, value: unknown, path: string): string[] {
  const [meaning = "", source = ""] = description.split(`. ${SOURCE}`);
  return [code(path), meaning.replace(UNIT, ""), source, shown(value, path)];
}

/** The page says them once. */
const UNIT = /; in (?:milliseconds|US cents, converted roughly)$/;

const shapeOf = (node: Node): string => JSON.stringify(Object.keys(node.properties ?? {}));
function isAlike({ properties = {} }: Node): boolean {
  const nodes = Object.values(properties);
  const [first] = nodes;
  return nodes.length > 5 && first?.properties !== undefined && new Set(nodes.map(shapeOf)).size === 1;
}

function alike({ properties = {} }: Node, value: unknown, path: string): string[] {
  const [first] = Object.values(properties);
  const fields = Object.entries(first?.properties ?? {});
  const meanings = fields.map(([field, { description = "" }]) => `- ${code(`${path}.*.${field}`)}: ${description}`);
  const rows = Object.keys(properties).map((key) => [
    code(key),
    ...fields.map(([field]) => shown(fieldOf(fieldOf(value, key), field), field)),
  ]);
  return [meanings.join("\n"), table([code(`${path}.*`), ...fields.map(([field]) => code(field))], rows)];
}

const fieldOf = (value: unknown, key: string): unknown => (value as Readonly<Record<string, unknown>>)[key];

/** So many entries of a list by name are shown. */
const SHOWN = 12;

function shown(value: unknown, path: string): string {
  if (typeof value === "number" && /Ms\b/.test(path)) return `${value} (${sayTime(value)})`;
  if (typeof value === "number" && (path.endsWith("UsdCents") || path.startsWith("envelopes.")))
    return `${value} (${value / 100} USD)`;
  if (typeof value !== "object" || value === null) return code(String(value));
  if (Array.isArray(value)) {
    const words = value.map((one) => code(typeof one === "string" ? one : Object.values(one as object).join(", ")));
    return words.join("<br>");
  }
  const entries = Object.entries(value);
  if (entries.length > SHOWN) return `${entries.length} entries`;
  return entries.map(([key, inner]) => `${code(key)}: ${inner}`).join("<br>");
}

function sayTime(ms: number): string {
  const [name, unit] =
    ms >= 2 * DAY_MS ? ["days", DAY_MS] : ms >= 2 * HOUR_MS ? ["hours", HOUR_MS] : ["minutes", MINUTE_MS];
  const count = ms / Number(unit);
  return `${count} ${count === 1 ? String(name).slice(0, -1) : name}`;
}

const code = (word: string): string => `\`${word}\``;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, "../docs/policy.md"), policyPage());
  writeFileSync(join(import.meta.dirname, "../docs/policy.schema.json"), policySchemaText());
}
