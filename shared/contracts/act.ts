import type { PersonRef } from "./people.ts";

/** The names of everything that a person can do. Each has one route of the console, and one entry in the audit. */
export const ACTS = [
  "policy.draft",
  "policy.publish",
  "people.add",
  "people.change",
  "people.revoke",
  "case.approve",
  "case.deny",
  "case.close",
  "case.assign",
  "case.note",
  "case.snooze",
  "case.question",
  "case.answer",
  "case.link",
  "letter.redrive",
  "letter.discard",
  "letter.edit",
  "hold.add",
  "hold.lift",
  "text.redact",
] as const;
export type ActName = (typeof ACTS)[number];

/**
 * One act of a person, as the ledger keeps it in its event (`event.act`): everything but the words, which are `event.text` and
 * go with retention or redaction. `before` and `after` hold ids, numbers and fixed words, never a text that somebody wrote.
 * `textHash`: sha256 of salt and text; the salt is in the event's raw bytes and goes with the text.
 */
export type Act = {
  what: ActName;
  by: PersonRef;
  /** What it is about: a case, a letter, a scope, a person, "policy", an event. */
  about: string;
  /** The caller's key for this one act, so that a repeated request is the same act. */
  key: string;
  before: ActDetail;
  after: ActDetail;
  textHash: string | null;
};
export type ActDetail = { readonly [name: string]: string | number | boolean | null | readonly string[] };

/** The type of the events that record acts, but for those that have a type of their own since before. */
export const ACT_TYPE = "countersign.act";
/** Act number n about something, from 1. One number has one event, so the first that the ledger accepts stands. */
export const actEventId = (about: string, n: number): string => `act:${about}:${n}`;

/** An act, or its entry in the audit, as people read it: the hash of a local token, which restores who has it, stays out. */
export function shownAct<One extends Pick<Act, "before" | "after">>(one: One): One {
  const [old, now] = [one.before.identity, one.after.identity];
  if (!isToken(old) && !isToken(now)) return one;
  const word = isToken(old) && old !== now ? "another token" : "a token";
  return {
    ...one,
    before: isToken(old) ? { ...one.before, identity: "a token" } : one.before,
    after: isToken(now) ? { ...one.after, identity: word } : one.after,
  };
}
const isToken = (identity: ActDetail[string] | undefined): boolean =>
  typeof identity === "string" && identity.startsWith("token:");
