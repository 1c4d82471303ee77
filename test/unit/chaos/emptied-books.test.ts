import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../../../shared/contracts/audit.ts";
import type { CaseLink, CaseNote, CaseRow } from "../../../shared/contracts/records.ts";
import { halfApproved, rebuiltBroken } from "../../chaos/book-emptied.ts";
import type { Kept } from "../../chaos/emptied.ts";
import { evidence } from "../../helpers/chaos-evidence.ts";

const row = (change: Partial<CaseRow> = {}) =>
  ({
    id: "case_1",
    state: "open",
    owner: "person_r",
    decidedBy: null,
    code: null,
    askedAt: null,
    version: 1,
    isInformation: 0,
    lookAt: 1,
    ...change,
  }) as CaseRow;
const note = { event: "act:case_1:1", what: "note", at: 1, byId: "person_r", byName: "rea", text: "seen" } as CaseNote;
const link: CaseLink = { other: "case_2", at: 1, byId: "person_r", byName: "rea" };
const entry = (n: number, hash = "h") => ({ n, event: `act:case_1:${n}`, hash }) as unknown as AuditEntry;
const before: Kept = {
  cases: [row()],
  worked: new Map([["case_1", { notes: [note], links: [link], given: { approvers: ["ann"], expiresAt: 200 } }]]),
  people: [{ id: "person_a", name: "ann", roles: ["approver"], revokedAt: null }],
  audit: [entry(1)],
  letters: ["dl_1"],
  at: 100,
};

function found(after: Partial<Kept>): string[] {
  const { acts } = evidence();
  return rebuiltBroken({ acts: { ...acts, emptied: { before, after: { ...before, ...after } } } }).map(
    ({ invariant, why }) => {
      expect(invariant).toBe("unaccounted");
      return why.replace("rebuilt in the calm: ", "");
    },
  );
}
const worked = (change: object) =>
  found({ worked: new Map([["case_1", { ...before.worked.get("case_1"), ...change } as never]]) });

describe("the book of a database that was emptied and rebuilt", () => {
  it("finds nothing where all is as before, or nothing was emptied", () => {
    expect(found({})).toEqual([]);
    expect(rebuiltBroken(evidence())).toEqual([]);
    // When it is looked at next, clocks decide; and what is entered since stands behind.
    expect(found({ cases: [row({ lookAt: 9 })], audit: [entry(1), entry(2)], letters: ["dl_1", "dl_2"] })).toEqual([]);
  });

  it("finds a case that is gone, and one that people have done other things with", () => {
    expect(found({ cases: [] })).toEqual(["the case case_1 (open) is gone"]);
    for (const change of [
      { state: "closed" },
      { owner: null },
      { code: "noted" },
      { decidedBy: "rea" },
      { askedAt: 1 },
      { version: 2 },
    ])
      expect(found({ cases: [row(change as Partial<CaseRow>)] })[0], JSON.stringify(change)).toMatch(
        /^the case case_1 was .+, and is /,
      );
  });

  it("finds a note, a link and a half-given approval that are gone", () => {
    expect(worked({ notes: [] })).toEqual(["case_1 had 1 texts, and has 0"]);
    expect(worked({ notes: [{ ...note, text: "other" }] })).toEqual(["case_1 had 1 texts, and has 1"]);
    expect(worked({ links: [] })).toEqual(["case_1 had 1 links, and has 0"]);
    expect(worked({ given: null })).toEqual(["case_1 was approved by ann, and is by nobody"]);
    expect(worked({ given: { approvers: ["bob"], expiresAt: 200 } })).toEqual([
      "case_1 was approved by ann, and is by bob",
    ]);
  });

  it("finds nothing where the half-given approval has expired since, and says how many had not", () => {
    const gone = new Map([["case_1", { notes: [note], links: [link], given: null }]]);
    expect(found({ worked: gone, at: 200 })).toEqual([]);
    expect(found({ worked: gone, at: 199 })).toHaveLength(1);
    expect(halfApproved({ before, after: { ...before, at: 199 } })).toEqual(["case_1"]);
    expect(halfApproved({ before, after: { ...before, at: 200 } })).toEqual([]);
  });

  it("finds a person, an entry of the audit and a dead letter that are gone or otherwise", () => {
    expect(found({ people: [] })).toEqual(["ann (person_a) is not as before"]);
    const [ann] = before.people;
    expect(found({ people: ann === undefined ? [] : [{ ...ann, roles: ["viewer"] }] })).toEqual([
      "ann (person_a) is not as before",
    ]);
    const lost = ["entry 1 of the audit (act:case_1:1) is not as before"];
    expect(found({ audit: [] })).toEqual(lost);
    expect(found({ audit: [entry(1, "other")] })).toEqual(lost);
    expect(found({ letters: [] })).toEqual(["the dead letter dl_1 is gone"]);
  });
});
