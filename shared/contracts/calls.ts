/** The shapes that a ledger's call can have, and what follows from a call's shape for its callers and for a shard. */

/**
 * How a shard runs a call. `read`: as it is, without the clock. `memory`: it changes what the process remembers, and no row.
 * `write`: as one transaction, after which the pump's alarm is set. `grouped`: a write that waits for the disk with others.
 */
export type Runs = "read" | "memory" | "write" | "grouped";

// biome-ignore lint/suspicious/noConfusingVoidType: the answer of a call that answers nothing
export type Nothing = void;

/** What a call answers; of a list, for each item. `whenAway`: for the items whose shard did not answer; else the call fails. */
type Answers<Answer> = { whenAway?: Answer };

/** A list of items → a list of answers in the same order (none for `Nothing`): one call to each shard that has one of them. */
export type EachCall<R extends Runs, Item, Answer> = {
  shape: "each";
  runs: R;
  keyOf(item: Item): string;
  answers: Answers<Answer>;
};
/** One call to the shard of its key. */
export type OneCall<R extends Runs, Args extends unknown[], Answer> = {
  shape: "one";
  runs: R;
  keyOf(...args: Args): string;
  answers: Answers<Answer>;
};
/** One call to every shard, which takes one argument. */
export type AllCall<R extends Runs, Arg, Answer> = {
  shape: "all";
  runs: R;
  takes: { arg?: Arg };
  answers: Answers<Answer>;
};

export const each = <R extends Runs, Item, Answer = Nothing>(
  runs: R,
  keyOf: (item: Item) => string,
  answers: Answers<Answer> = {},
): EachCall<R, Item, Answer> => ({ shape: "each", runs, keyOf, answers });
export const one = <R extends Runs, Args extends unknown[], Answer = Nothing>(
  runs: R,
  keyOf: (...args: Args) => string,
  answers: Answers<Answer> = {},
): OneCall<R, Args, Answer> => ({ shape: "one", runs, keyOf, answers });
export const all = <R extends Runs, Arg, Answer>(
  runs: R,
  takes: { arg?: Arg },
  answers: Answers<Answer>,
): AllCall<R, Arg, Answer> => ({ shape: "all", runs, takes, answers });
export const takes = <Arg>(): { arg?: Arg } => ({});
export const answers = <Answer>(more: Answers<Answer> = {}): Answers<Answer> => more;

export type Call = EachCall<Runs, never, unknown> | OneCall<Runs, never[], unknown> | AllCall<Runs, never, unknown>;

/** What a call is given, as it travels to a shard. */
export type ArgsOf<C> =
  C extends EachCall<Runs, infer Item, infer _Answer>
    ? [items: Item[]]
    : C extends OneCall<Runs, infer Args, infer _Answer>
      ? Args
      : C extends AllCall<Runs, infer Arg, infer _Answer>
        ? [arg: Arg]
        : never;

/** What one shard answers. */
export type AnswerOf<C> =
  C extends EachCall<Runs, infer _Item, infer Answer>
    ? [Answer] extends [Nothing]
      ? Nothing
      : Answer[]
    : C extends { answers: Answers<infer Answer> }
      ? Answer
      : never;

/** A shard's side of a call. What reads is not told the time. */
export type ShardSide<C> = (
  ...args: C extends { runs: "read" } ? Required<ArgsOf<C>> : [...Required<ArgsOf<C>>, now: number]
) => AnswerOf<C>;
