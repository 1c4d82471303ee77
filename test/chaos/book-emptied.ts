import type { CaseRow } from "../../shared/contracts/records.ts";
import { canonicalJson } from "../../shared/core/json.ts";
import type { Kept } from "./emptied.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";

const say = broken("unaccounted");

/** All is quiet, the database is emptied and rebuilt from the ledger: what people work with is there again as it was. */
export function rebuiltBroken({ acts: { emptied } }: Pick<Evidence, "acts">): Broken[] {
  if (emptied === null) return [];
  const { before, after } = emptied;
  const whys = [
    ...casesBroken(before, after),
    ...workedBroken(before, after),
    ...peopleBroken(before, after),
    ...auditBroken(before, after),
    ...before.letters.filter((id) => !after.letters.includes(id)).map((id) => `the dead letter ${id} is gone`),
  ];
  return whys.map((why) => say(null, `rebuilt in the calm: ${why}`));
}

/**
 * What people have done with a case. When it is looked at next, and where it stands in the queue, clocks decide. What only
 * tells of a wait has no rounds.
 */
const madeOf = ({ state, owner, decidedBy, code, askedAt, version, isInformation }: CaseRow): string =>
  canonicalJson(isInformation === 1 ? { state } : { state, owner, decidedBy, code, askedAt, version });

function casesBroken(before: Kept, after: Kept): string[] {
  const found = new Map(after.cases.map((row) => [row.id, row]));
  return before.cases.flatMap((row) => {
    const again = found.get(row.id);
    if (again === undefined) return row.isInformation === 1 ? [] : [`the case ${row.id} (${row.state}) is gone`];
    return madeOf(row) === madeOf(again) ? [] : [`the case ${row.id} was ${madeOf(row)}, and is ${madeOf(again)}`];
  });
}

/** Whose half-given yes must be there again: it had not expired when all was read once more. */
export const halfApproved = ({ before, after }: { before: Kept; after: Kept }): string[] =>
  [...before.worked].flatMap(([id, { given }]) => (given !== null && given.expiresAt > after.at ? [id] : []));

function workedBroken(before: Kept, after: Kept): string[] {
  const stand = new Set(halfApproved({ before, after }));
  return [...before.worked].flatMap(([id, { notes, links, given }]) => {
    const again = after.worked.get(id);
    const isSame = (was: unknown, is: unknown): boolean => canonicalJson(was ?? null) === canonicalJson(is ?? null);
    return [
      ...(isSame(notes, again?.notes) ? [] : [`${id} had ${notes.length} texts, and has ${again?.notes.length ?? 0}`]),
      ...(isSame(links, again?.links) ? [] : [`${id} had ${links.length} links, and has ${again?.links.length ?? 0}`]),
      ...(isSame(given?.approvers, again?.given?.approvers) || (given !== null && !stand.has(id))
        ? []
        : [
            `${id} was approved by ${given?.approvers.join()}, and is by ${again?.given?.approvers.join() ?? "nobody"}`,
          ]),
    ];
  });
}

function peopleBroken(before: Kept, after: Kept): string[] {
  const found = new Map(after.people.map((one) => [one.id, one]));
  return before.people.flatMap(({ id, name, roles, revokedAt }) => {
    const again = found.get(id);
    const isSame =
      again !== undefined &&
      canonicalJson({ name, roles, revokedAt }) ===
        canonicalJson({ name: again.name, roles: again.roles, revokedAt: again.revokedAt });
    return isSame ? [] : [`${name} (${id}) is not as before`];
  });
}

/** What is rebuilt is entered itself, behind what was there. */
function auditBroken(before: Kept, after: Kept): string[] {
  const byNumber = new Map(after.audit.map((entry) => [entry.n, entry]));
  return before.audit.flatMap((entry) =>
    canonicalJson(byNumber.get(entry.n) ?? null) === canonicalJson(entry)
      ? []
      : [`entry ${entry.n} of the audit (${entry.event}) is not as before`],
  );
}
