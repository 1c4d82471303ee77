import * as v from "valibot";
import { explainIssues } from "../contracts/issues.ts";
import { type Policy, type PolicyDocument, policyDocument, type SectionName } from "../contracts/policy.ts";
import { sha256Hex } from "../core/hash.ts";
import { canonicalJson, sayUnusable, unusableName } from "../core/json.ts";
import { err, ok, type Result } from "../core/result.ts";
import defaultDocument from "./default.json" with { type: "json" };

/** The sections and parts that functions of policy read. */
export type Guardrails = PolicyDocument["guardrails"];
export type Handling = PolicyDocument["handling"];
export type Dispositions = Handling["dispositions"];

/** The document, or what is wrong with it, by path, for people. */
export function readPolicyDocument(value: unknown): Result<PolicyDocument, string> {
  const unusable = unusableName(value);
  if (unusable !== null) return err(sayUnusable(unusable));
  const read = v.safeParse(policyDocument, value);
  return read.success ? ok(read.output) : err(explainIssues(read.issues, policyDocument));
}

/** What a deployment starts with, until another document is published. */
export const DEFAULT_DOCUMENT: PolicyDocument = v.parse(policyDocument, defaultDocument);

/** So many hexadecimal digits of a hash are a version. */
const VERSION_DIGITS = 32;
/** The version of a document, or of a section, in whatever form it has. */
export const versionOf = async (value: unknown): Promise<string> =>
  (await sha256Hex(canonicalJson(value))).slice(0, VERSION_DIGITS);

/** The document with its version and those of its sections: the same content has the same ones, in whatever order it stands. */
export async function policyOf(document: PolicyDocument): Promise<Policy> {
  const { guardrails, envelopes, handling, cases, approvals, publishing } = document;
  const own: PolicyDocument = { guardrails, envelopes, handling, cases, approvals, publishing };
  const names = Object.keys(own) as SectionName[];
  const hashed = names.map(async (name) => [name, await versionOf(own[name])] as const);
  const sections = Object.fromEntries(await Promise.all(hashed)) as Policy["sections"];
  return { ...own, version: await versionOf(own), sections };
}
