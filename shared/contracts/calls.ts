/** The shapes of ledger calls. A caller's signature and a shard's method follow from the shape of the call. */

/**
 * How a shard runs a call.
 * read     changes nothing and gets no time
 * memory   changes the memory of the process, no row
 * write    is one transaction, after which the pump's alarm is set
 * grouped  is a write that shares its wait for the disk with others
 */
export type Runs = "read" | "memory" | "write" | "grouped";

// biome-ignore lint/suspicious/noConfusingVoidType: the answer of a call that answers nothing
export type Nothing = void;

/** The type of a call's answer; for a list, of each item. `whenAway`: the answer for items whose shard did not answer; without it the call rejects. */
type Answers<Answer> = { whenAway?: Answer };

/** A list of items → a list of answers in the same order (none for `Nothing`). One call to each shard that stores some of them. */
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
/** One call to every shard, with one argument. */
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

/** The arguments of a call, as they are sent to a shard. */
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

/** A shard's method for a call. A read does not get the time. */
export type ShardSide<C> = (
  ...args: C extends { runs: "read" } ? Required<ArgsOf<C>> : [...Required<ArgsOf<C>>, now: number]
) => AnswerOf<C>;
