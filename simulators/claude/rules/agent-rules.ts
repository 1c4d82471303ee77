import type { AlwaysAnswer } from "../mode.ts";

export type Answer = Readonly<Record<string, unknown>>;

/** A number in [0, 1) for a name. It is the same for the same call and seed. */
export type Dice = (name: string) => number;

/**
 * The stand-in's answers for one agent. A call is recognised by `properties`, the property names of the agent's output
 * schema. `worst` gives hostile answers; without it they are made from the schema alone. `always` gives the answer that was
 * set, whatever the event says; without it the rules decide as ever.
 */
export type AgentRules = {
  agent: string;
  properties: readonly string[];
  decide(event: unknown): Answer;
  worst?(event: unknown, dice: Dice): Answer;
  always?(fixed: AlwaysAnswer, event: unknown): Answer;
};
