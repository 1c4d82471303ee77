import { describe, expect, it } from "vitest";
import { caseIdOf } from "../../../shared/contracts/asked.ts";
import { workBroken } from "../../chaos/book-worked.ts";
import type { Click } from "../../chaos/crew/click.ts";
import { type KeptCase, NOTHING_BY_PEOPLE } from "../../chaos/crew/gathered.ts";
import type { ToldMatter } from "../../chaos/crew/told.ts";
import { click, kept, matter, people } from "../../helpers/chaos-crew.ts";
import { books, evidence } from "../../helpers/chaos-evidence.ts";

const OF = "the case of pi_1: ";
const did = (what: string, body: object, change: Partial<Click> = {}): Click =>
  click({ by: "rea", key: what, path: `/api/cases/case_1/${what}`, body, value: {}, ...change });
const note = (change: Partial<KeptCase["notes"][number]> = {}) => ({
  event: "act:case_1:1",
  what: "note" as const,
  byId: "person_r",
  text: "seen",
  ...change,
});

type World = { nowMs?: number; others?: [string, KeptCase][]; of?: Partial<ToldMatter> };
function found(clicks: Click[], own: KeptCase, { nowMs = 0, others = [], of = {} }: World = {}): string[] {
  const base = evidence();
  const matters = [matter(clicks, of)];
  return workBroken({
    ...base,
    after: books({ nowSeconds: nowMs / 1000 }),
    acts: { ...base.acts, crew: { matters, policy: [], people } },
    people: { ...NOTHING_BY_PEOPLE, cases: new Map([["act_1", own], ...others]) },
  }).map(({ invariant, why }) => {
    expect(invariant).toBe("unaccounted");
    return why;
  });
}

describe("the book of what people did with a case", () => {
  it("finds a text that is lost, that is there twice, that is another one's, and one that nobody wrote", () => {
    const clicks = [did("note", { text: "seen" }), did("note", { text: "seen" }, { repeated: 3 })];
    const missing = (times: number) => [`${OF}rea wrote "note", and it is there ${times} times`];
    expect(found(clicks, kept({ notes: [note()] }))).toEqual([]);
    expect(found(clicks, kept())).toEqual(missing(0));
    expect(found(clicks, kept({ notes: [note(), note()] }))).toEqual(missing(2));
    expect(found(clicks, kept({ notes: [note({ byId: "person_a" })] }))).toEqual(missing(0));
    expect(found(clicks, kept({ notes: [note({ text: "s" })] }))).toEqual(missing(0));
    expect(found(clicks, kept({ notes: [note({ what: "question" })] }))).toEqual(missing(0));
    expect(found([], kept({ notes: [note()] }))).toEqual([`${OF}it has 1 texts, and people wrote 0`]);
    expect(found([did("note", { text: "seen" }, { status: 409 })], kept())).toEqual([]);
  });

  it("finds an answer of somebody outside that is lost", () => {
    const of = { answers: [{ event: "request:2", text: "here it is" }] };
    const answer = note({ event: "request:2", what: "answer", byId: "request", text: "here it is" });
    expect(found([], kept({ notes: [answer] }), { of })).toEqual([]);
    expect(found([], kept(), { of })).toEqual([`${OF}somebody outside wrote "answer", and it is there 0 times`]);
  });

  it("finds a link that one of the two cases does not have", () => {
    const other = caseIdOf("act_2");
    const clicks = [did("link", { other })];
    const back = (links: string[]): World => ({ others: [["act_2", kept({ links })]] });
    const own = kept({ links: [other] });
    expect(found(clicks, own, back([caseIdOf("act_1")]))).toEqual([]);
    expect(found(clicks, own)).toEqual([]);
    expect(found(clicks, kept(), back([caseIdOf("act_1")]))).toEqual([
      `${OF}rea linked it with ${other}, and it does not say so`,
    ]);
    expect(found(clicks, own, back([]))).toEqual([`${OF}rea linked it with ${other}, and that one does not say so`]);
  });

  it("finds a case that still waits for the answer that it has", () => {
    const texts = [note({ what: "question", text: "how" }), note({ what: "answer", text: "so" })];
    const clicks = [did("ask", { text: "how" }), did("answer", { text: "so" })];
    expect(found(clicks, kept({ notes: texts }))).toEqual([]);
    expect(found(clicks, kept({ notes: texts, askedAt: 1 }))).toEqual([
      `${OF}it was answered, and still waits for an answer`,
    ]);
    expect(found(clicks.slice(0, 1), kept({ notes: texts.slice(0, 1), askedAt: 1 }))).toEqual([]);
  });

  it("finds a case that is not aside before its time, and lets it come back at its time or when it is decided", () => {
    const until = 1_000_000_000;
    const clicks = [did("snooze", { until })];
    const lost = [`${OF}it was put aside until ${until}, and is aside until null`];
    expect(found(clicks, kept({ snoozedUntil: until }))).toEqual([]);
    expect(found(clicks, kept())).toEqual(lost);
    expect(found(clicks, kept(), { nowMs: until - 1_000 })).toEqual([]);
    expect(found(clicks, kept({ state: "approved" }))).toEqual([]);
  });
});
