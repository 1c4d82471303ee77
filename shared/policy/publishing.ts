import type { EnvelopesAbove } from "../contracts/gate.ts";
import { isAnother, mayAct, type Person } from "../contracts/people.ts";
import type { PolicyDocument } from "../contracts/policy.ts";
import type { PolicyChange, PolicyValue } from "../contracts/policy-answers.ts";
import { nameOfScope } from "../contracts/scopes.ts";
import { canonicalJson, isObject } from "../core/json.ts";

/** What differs between two documents, by path, in the order of the later one; what is gone comes last. */
export function differenceOf(before: PolicyDocument, after: PolicyDocument): PolicyChange[] {
  const old = new Map(valuesIn(before));
  const next = new Map(valuesIn(after));
  const changed = Array.from(next).flatMap(([path, value]): PolicyChange[] => {
    const was = old.get(path);
    // A document has null, and never undefined.
    if (was === undefined) return [{ path, after: value }];
    return canonicalJson(was) === canonicalJson(value) ? [] : [{ path, before: was, after: value }];
  });
  const gone = Array.from(old).flatMap(([path, value]): PolicyChange[] =>
    next.has(path) ? [] : [{ path, before: value }],
  );
  return [...changed, ...gone];
}

/** Each value with its path. An object without members is none: nothing is said in it. */
const valuesIn = (value: object, above = ""): [string, PolicyValue][] =>
  Object.entries(value).flatMap(([name, inner]: [string, unknown]): [string, PolicyValue][] => {
    const path = above === "" ? name : `${above}.${name}`;
    return isObject(inner) ? valuesIn(inner, path) : [[path, inner as PolicyValue]];
  });

/** The sections whose numbers may change only so much at once. */
const BOUNDED = ["guardrails.", "envelopes.", "approvals."];
const isBounded = (path: string): boolean => BOUNDED.some((section) => path.startsWith(section));

/**
 * Why this document may not follow the published one, whoever publishes it: one sentence for each bound that it breaks. The
 * bounds are those of the published document, so that no document widens its own.
 */
export function breachesOf(published: PolicyDocument, next: PolicyDocument): string[] {
  const { maxFactor, most } = published.publishing;
  const values = new Map(valuesIn(next));
  const above = Object.entries(most).flatMap(([path, limit]) => {
    const value = values.get(path);
    return typeof value === "number" && value > limit ? [`${path} may be ${limit} at most, and would be ${value}`] : [];
  });
  const changed = differenceOf(published, next).flatMap((change) => breachOf(change, maxFactor) ?? []);
  return [...above, ...changed];
}

/**
 * A number that is new has nothing to be measured against: `most` alone bounds it, and people are warned. Between null and a
 * number there is no factor, so that change is refused. Zero counts as 1, the smallest unit: it is reached, and left, in steps.
 */
function breachOf({ path, before, after }: PolicyChange, maxFactor: number): string | null {
  if (!isBounded(path) || before === undefined || after === undefined) return null;
  if (typeof before !== "number" && typeof after !== "number") return null;
  if (typeof before !== "number" || typeof after !== "number")
    return `${path} may not change between a number and ${JSON.stringify(typeof before === "number" ? after : before)}`;
  const [low, high] = [before === 0 ? 1 : before, after === 0 ? 1 : after].sort((a, b) => a - b);
  // `maxFactor` is no smaller than 1, so a number may always stay.
  return low === undefined || high === undefined || high <= low * maxFactor
    ? null
    : `${path} may change by the factor ${maxFactor} at once, and would go from ${before} to ${after}`;
}

export const mayDraft = (person: Person, { publishing }: PolicyDocument): boolean =>
  publishing.mayDraft.some((role) => mayAct(person, role));

/** A service token may draft what people publish; it publishes nothing. */
export const mayPublish = (person: Person, { publishing }: PolicyDocument): boolean =>
  person.human && publishing.mayPublish.some((role) => mayAct(person, role));

/** Who drafted a version, and who has vouched for them as of now; null: the deployment came with it. */
export type Author = Pick<Person, "id" | "vouchedBy"> | null;

/** Whether the published document lets this person publish what that one drafted. */
export const isFreeToPublish = (person: Person, author: Author, { publishing }: PolicyDocument): boolean =>
  !publishing.fourEyes || author === null || isAnother(person, author);

/**
 * What people should know before they publish: limits below what is at risk now, and numbers that nothing was measured
 * against. None of it forbids anything. `above`: the gate's, by the limits of `next`.
 */
export function warningsOf(
  published: PolicyDocument,
  next: PolicyDocument,
  above: readonly EnvelopesAbove[],
): string[] {
  const full = above.flatMap(({ name, count, fullest }) => {
    const would = `envelopes.${name} would be ${next.envelopes[name]}`;
    const each = fullest.map(
      ({ scope, usedCents }) =>
        `${would}, and ${usedCents} US cents of ${nameOfScope(scope)} are at risk now: until they are an hour old, more of it becomes cases`,
    );
    const others = count - fullest.length;
    return others > 0 ? [...each, `${would}, and ${others} more of its envelopes hold more than that now`] : each;
  });
  const news = differenceOf(published, next).flatMap(({ path, before, after }) =>
    isBounded(path) && before === undefined && typeof after === "number"
      ? [`${path} is new: nothing bounds it but people's eyes`]
      : [],
  );
  return [...full, ...news];
}
