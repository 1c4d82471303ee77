import type { PolicyDocument } from "../contracts/policy.ts";
import { isObject } from "../core/json.ts";
import { ok, type Result } from "../core/result.ts";
import { readPolicyDocument } from "./document.ts";

/**
 * What a release has changed in the form of the document, as data, so that a part of a document is brought up to date as
 * all of it is. `path`: the field, as guardrails.refund.windowMs. `value`: what it is where a document of before has none;
 * it should change nothing in what is decided. `gone`: the field is taken away. The meaning of a field never changes: that
 * is one field gone, and a new one under another name.
 */
export type UpgradeStep = { name: string; path: string } & ({ value: unknown } | { gone: true });

/** In the order of the releases. A step stays for as long as a deployment may come from before it. */
export const UPGRADES: readonly UpgradeStep[] = [];

/** A document, or a part of one, in the form after these steps, and the names of those that changed it. */
export function upgraded(document: unknown, steps: readonly UpgradeStep[]): { document: unknown; steps: string[] } {
  const changed: string[] = [];
  let current = document;
  for (const step of steps) {
    const next = structuredClone(current);
    if (!take(step, next)) continue;
    current = next;
    changed.push(step.name);
  }
  return { document: current, steps: changed };
}

/** Whether it changed anything. Where the object around the field is not there, there is nothing to bring up to date. */
function take(step: UpgradeStep, document: unknown): boolean {
  const names = step.path.split(".");
  const last = names.pop() ?? "";
  const around = names.reduce((here: unknown, name) => (isObject(here) ? here[name] : null), document);
  if (!isObject(around) || Object.hasOwn(around, last) !== "gone" in step) return false;
  if ("gone" in step) delete around[last];
  else around[last] = structuredClone(step.value);
  return true;
}

/** `steps`: what it took to read it; empty where it has this release's form. */
export type ReadStored = { document: PolicyDocument; steps: string[] };

/** A document that was stored by this release or by one of before, or what this release cannot read in it, by path. */
export function readStoredDocument(value: unknown, steps: readonly UpgradeStep[]): Result<ReadStored, string> {
  const asItIs = readPolicyDocument(value);
  if (asItIs.ok) return ok({ document: asItIs.value, steps: [] });
  const after = upgraded(value, steps);
  const read = readPolicyDocument(after.document);
  return read.ok ? ok({ document: read.value, steps: after.steps }) : read;
}
