import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ACTION_STATES, isTerminal } from "../../shared/contracts/action.ts";
import { EVENT_STATES, NOTICE_STATES } from "../../shared/contracts/views.ts";
import { actionTransitions, eventTransitions, type Transition, waitingPlaces } from "../helpers/states.ts";
import { noticeTransitions, waitsAfter } from "../helpers/states-of-waiting.ts";

const WAITING = "Rows that wait for long";
const page = readFileSync(join(import.meta.dirname, "../../docs/states.md"), "utf8");

function sectionOf(title: string): string {
  const [, rest] = page.split(`\n## ${title}\n`);
  if (rest === undefined) throw new Error(`docs/states.md has no section ${title}`);
  return rest.split("\n## ")[0] ?? "";
}

/** The rows of the section's table that has this head. */
function tableOf(section: string, head: string): string[][] {
  const lines = section.split("\n");
  const start = lines.indexOf(head);
  if (start === -1) throw new Error(`no table with the head ${head}`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const written = (title: string): string[] =>
  tableOf(sectionOf(title), "| from | input | to |").map(([from, input, to]) => `${from} — ${input} → ${to}`);
const real = (transitions: Transition[]): string[] =>
  transitions.map(({ from, input, to }) => `${from} — ${input} → ${to}`);

/** The arrows of the section's diagram, without those of the beginning and the end. */
const drawn = (title: string): string[] =>
  Array.from(sectionOf(title).matchAll(/^ {2}(\w+) --> (\w+): /gm), ([, from, to]) => `${from} → ${to}`).sort();
const arrows = (transitions: Transition[]): string[] => {
  const bare = (state: string): string => state.split(",")[0] ?? state;
  return [...new Set(transitions.map(({ from, to }) => `${bare(from)} → ${bare(to)}`))].sort();
};

describe("docs/states.md", () => {
  it("lists every transition of an event, and no other", () => {
    expect(written("Events")).toEqual(real(eventTransitions()));
  });

  it("lists every transition of an action, and no other", () => {
    expect(written("Actions")).toEqual(real(actionTransitions()));
  });

  it("says where a row waits again, and which queue is rung for it", () => {
    const told = tableOf(sectionOf("Actions"), "| what is known of the row | it waits as | its doorbell goes to |");
    expect(told).toEqual(waitingPlaces().map(({ known, state, queue }) => [known, state, queue]));
  });

  it("draws what it lists", () => {
    expect(drawn("Events")).toEqual(arrows(eventTransitions()));
    expect(drawn("Actions")).toEqual(arrows(actionTransitions()));
  });

  it("lists every transition of a notice, and no other", () => {
    expect(written(WAITING)).toEqual(real(noticeTransitions()));
  });

  it("says what is news of a row that waits", () => {
    const told = tableOf(sectionOf(WAITING), "| what happens | the wait |");
    expect(told).toEqual(waitsAfter().map(({ happened, counts }) => [happened, counts]));
  });

  it("names every state", () => {
    for (const state of [...EVENT_STATES, ...ACTION_STATES, ...NOTICE_STATES]) expect(page).toContain(state);
  });
});

describe("terminal states", () => {
  it("are left by a redrive, a decision that was late, a refund of which an event says that it has failed, and by news of a case or a person's decision about it alone", () => {
    const terminalEvents = ["decided", "dead_lettered"];
    const leaving = [
      ...eventTransitions().filter(({ from }) => terminalEvents.includes(from)),
      ...actionTransitions().filter(({ from }) => ACTION_STATES.some((state) => state === from && isTerminal(state))),
    ];
    const others = leaving.filter(({ input }) => input !== "redriven");
    expect(others).toEqual([
      { from: "dead_lettered", input: "decided", to: "decided" },
      { from: "succeeded", input: "an event says that it has failed", to: "pending" },
      { from: "case_open", input: "case kept as it stood before", to: "case_opening" },
      { from: "case_open", input: "news of its matter", to: "case_opening" },
      { from: "case_open", input: "a person denies it", to: "denied" },
      { from: "case_open", input: "a person closes it", to: "case_closed" },
      { from: "case_open", input: "approved, as proposed", to: "ready" },
      { from: "case_open", input: "approval refused", to: "case_opening" },
      { from: "case_closed", input: "case kept as it stood before", to: "case_opening" },
      { from: "case_closed", input: "news of its matter", to: "case_opening" },
    ]);
  });
});
