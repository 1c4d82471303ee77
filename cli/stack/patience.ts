import { UserError } from "../errors.ts";
import { orStopped } from "../stopping.ts";

/** How long a start may take. A large state on a busy machine takes tens of seconds. */
export const START_MS = 180_000;

/** A start that is under way: each step is named, and none is waited for beyond the whole start's end. */
export type Patience = {
  /**
   * What the step comes to. Throws the reason of the given signal, or a UserError that names the step. Waits for work
   * that ends by itself, since it stops what it has begun.
   */
  step<Value>(name: string, work: () => Promise<Value>): Promise<Value>;
  /** The same for work that can be left alone: it is waited for no longer than the start may take. */
  bounded<Value>(name: string, work: () => Promise<Value>): Promise<Value>;
  signal: AbortSignal;
  end(): void;
};

/** `stopped` aborts where a person ends the start. `hint`: what to do about a start that does not come up. */
export function startPatience(forMs: number, hint: string, stopped?: AbortSignal): Patience {
  const late = new AbortController();
  let current = "its first step";
  const timer = setTimeout(() => {
    late.abort(new UserError(`the start did not come up within ${forMs / 1000} s: it waited for ${current}`, hint));
  }, forMs);
  const signal = AbortSignal.any([late.signal, ...(stopped === undefined ? [] : [stopped])]);
  const step: Patience["step"] = async (name, work) => {
    signal.throwIfAborted();
    current = name;
    const value = await work();
    signal.throwIfAborted();
    return value;
  };
  return {
    signal,
    step,
    bounded: (name, work) => step(name, () => orStopped(work(), signal)),
    end: () => clearTimeout(timer),
  };
}
