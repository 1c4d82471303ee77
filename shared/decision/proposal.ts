import type { ProposedAction, Variant } from "../contracts/actions.ts";
import type { AgentRecord } from "../contracts/decision.ts";
import type { Reference } from "../contracts/provider.ts";

/** What our agent or an outside agent proposed for an event. `target`: the value of the chosen reference. */
export type Proposal = {
  by: "agent" | "outside";
  action: ProposedAction;
  variant: Variant | null;
  target: string | null;
  amountMinor: number | null;
  currency: string | null;
  confidence: "low" | "medium" | "high";
  reason: string;
  agent: AgentRecord | null;
};

export type Proposed = { proposal: Proposal; reference: Reference | null; unknownCurrency: string | null };
