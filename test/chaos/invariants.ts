/**
 * The promises that a chaos run checks from outside. `executedOnHold`, `mergedConflicts`, `brokenByRotation` and
 * `bankFailedUnseen` are about what people and the bank did during the run; `unmeant` and `stoppedHonest` are about what was
 * asked; `unapproved` is an effect that neither policy nor people have allowed, `approvedLost` an approval of which nothing came; `outsidePolicy` is asked of a run with a hostile Claude (hostile.ts).
 */
export const INVARIANTS = [
  "lost",
  "doubleExecuted",
  "overRefunded",
  "unaccounted",
  "executedOnHold",
  "mergedConflicts",
  "brokenByRotation",
  "bankFailedUnseen",
  "unmeant",
  "stoppedHonest",
  "unapproved",
  "approvedLost",
  "outsidePolicy",
] as const;
export type Invariant = (typeof INVARIANTS)[number];

/** `about`: the event or action whose story tells it, where there is one. */
export type Broken = { invariant: Invariant; about: string | null; why: string };

export const broken =
  (invariant: Invariant) =>
  (about: string | null, why: string): Broken => ({ invariant, about, why });
