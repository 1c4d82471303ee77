export type Answer = Readonly<Record<string, unknown>>;

/** Rolls a number in [0, 1) for a name; the same call and seed always roll the same. */
export type Dice = (name: string) => number;

/**
 * What the stand-in answers for one agent. `properties` are the property names of the agent's output schema: they are
 * how a call is recognised. `worst` is the same agent gone hostile; without it, hostility is made from the schema alone.
 */
export type AgentRules = {
  agent: string;
  properties: readonly string[];
  decide(event: unknown): Answer;
  worst?(event: unknown, dice: Dice): Answer;
};
