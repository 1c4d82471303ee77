import { versionOf } from "../policy/document.ts";
import { readStoredDocument, UPGRADES } from "../policy/upgrades.ts";

/** A document as it stands in the gate: `value` is what its JSON says, null where it is none. */
export type Stored = { version: string; guardrails: string; value: unknown };

export const unreadable = (version: string, error: string): string =>
  `what the gate keeps as policy ${version} is no policy of this release: ${error}. A field that this release does not know is of a newer one: deploy that one again. One that is missing wants a step in shared/policy/upgrades.ts`;

/**
 * Why what is kept under a version is no policy: it is not what its hash says, or this release cannot read it. Null: it is
 * one, or nothing is kept. Hashing takes a promise, so whoever publishes asks before.
 */
export async function whySpoilt(stored: Stored | null, upgrades = UPGRADES): Promise<string | null> {
  if (stored === null) return null;
  const { version, guardrails, value } = stored;
  const read = readStoredDocument(value, upgrades);
  if (!read.ok) return unreadable(version, read.error);
  const section = (value as { guardrails: unknown }).guardrails;
  const isWhole = (await versionOf(value)) === version && (await versionOf(section)) === guardrails;
  return isWhole
    ? null
    : `what the gate keeps as policy ${version} is not what its hash says: it was altered after it was drafted, and nothing is decided or sent by it. Draft its document anew, from where you keep it: \`npx countersign policy draft FILE\``;
}
