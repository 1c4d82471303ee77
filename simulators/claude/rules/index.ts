import type { AgentRules } from "./agent-rules.ts";
import { router } from "./router.ts";

/** One entry per agent. A new agent is a new file beside this one and an entry here. */
const agents: readonly AgentRules[] = [router];

const rulesByProperties = new Map(agents.map((rules) => [keyOf(rules.properties), rules]));

/** The rules for an output schema, recognised by the names of its properties whatever their order. */
export function rulesFor(propertyNames: readonly string[]): AgentRules | undefined {
  return rulesByProperties.get(keyOf(propertyNames));
}

function keyOf(names: readonly string[]): string {
  return [...names].sort().join(",");
}
