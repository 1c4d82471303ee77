import { caseIdOf } from "../../shared/contracts/asked.ts";
import type { CaseNote } from "../../shared/contracts/records.ts";
import type { Click } from "./crew/click.ts";
import type { KeptCase } from "./crew/gathered.ts";
import type { ToldMatter } from "./crew/told.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";

const say = broken("unaccounted");

/** What people wrote, linked, asked, answered and put aside is there once each, however often it was sent. */
export function workBroken(evidence: Evidence): Broken[] {
  return evidence.acts.crew.matters.flatMap((matter) => {
    const kept = matter.action === null ? undefined : evidence.people.cases.get(matter.action);
    if (kept === undefined) return [];
    const whys = [
      ...textsBroken(matter, kept, evidence),
      ...linksBroken(matter, kept, evidence),
      ...asideBroken(matter, kept, evidence),
    ];
    return whys.map((why) => say(matter.action, `the case of ${matter.subject}: ${why}`));
  });
}

const WRITES: Record<string, CaseNote["what"]> = { note: "note", ask: "question", answer: "answer" };
const actOf = ({ path }: Click): string => path.slice(path.lastIndexOf("/") + 1);
const isDone = ({ status }: Click): boolean => status === 200;

/** As it must stand beside the case. `by` null: somebody outside. */
type Written = { what: CaseNote["what"]; by: string | null; text: string };

function textsBroken({ clicks, answers }: ToldMatter, { notes }: KeptCase, { acts }: Evidence): string[] {
  const idOf = (name: string) => acts.crew.people.find((one) => one.name === name)?.id ?? null;
  const byKey = new Map(clicks.filter(isDone).map((one) => [one.key, one]));
  const written: Written[] = [
    ...[...byKey.values()].flatMap((one) => {
      const what = WRITES[actOf(one)];
      return what === undefined ? [] : [{ what, by: one.by, text: (one.body as { text: string }).text }];
    }),
    ...answers.map(({ text }) => ({ what: "answer" as const, by: null, text })),
  ];
  const missing = written.flatMap(({ what, by, text }) => {
    const found = notes.filter(
      (note) => note.what === what && note.text === text && (by === null || note.byId === idOf(by)),
    );
    return found.length === 1
      ? []
      : [`${by ?? "somebody outside"} wrote "${what}", and it is there ${found.length} times`];
  });
  return missing.length > 0 || notes.length === written.length
    ? missing
    : [`it has ${notes.length} texts, and people wrote ${written.length}`];
}

/** On both cases. */
function linksBroken({ action, clicks }: ToldMatter, kept: KeptCase, { people }: Evidence): string[] {
  const own = caseIdOf(action ?? "");
  const byCase = new Map([...people.cases].map(([of, one]) => [caseIdOf(of), one]));
  return clicks
    .filter((one) => isDone(one) && actOf(one) === "link")
    .flatMap(({ by, body }) => {
      const { other } = body as { other: string };
      const isThere = kept.links.filter((one) => one === other).length === 1;
      // Of a case that is nobody's here only one side is known.
      const isBack = byCase.get(other)?.links.includes(own) ?? true;
      return isThere && isBack
        ? []
        : [`${by} linked it with ${other}, and ${isThere ? "that one" : "it"} does not say so`];
    });
}

/** Clocks of the storm are so far apart at most. */
const SKEW_MS = 300_000;

/** What was asked was answered; what is put aside is aside until its time comes, or until it is decided. */
function asideBroken({ clicks }: ToldMatter, kept: KeptCase, { after }: Evidence): string[] {
  const done = clicks.filter(isDone).map((one) => ({ act: actOf(one), body: one.body }));
  const isAnswered = done.at(-1)?.act !== "ask" && done.some(({ act }) => act === "ask");
  const aside = done.findLast(({ act }) => act === "snooze")?.body as { until: number } | undefined;
  const isDue = aside !== undefined && after.nowSeconds * 1000 > aside.until - SKEW_MS;
  const isAside = aside === undefined || kept.state !== "open" || isDue || kept.snoozedUntil === aside.until;
  return [
    ...(isAnswered && kept.askedAt !== null ? ["it was answered, and still waits for an answer"] : []),
    ...(isAside ? [] : [`it was put aside until ${aside?.until}, and is aside until ${kept.snoozedUntil}`]),
  ];
}
