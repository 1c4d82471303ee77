import type { ProposedAction, Variant } from "../contracts/actions.ts";
import type { AgentRecord, Extent } from "../contracts/decision.ts";
import type { Failure } from "../contracts/failure.ts";
import type { Reference } from "../contracts/provider.ts";

/** What our agent or an outside agent proposed for an event. `target`: the value of the chosen reference. */
export type Proposal = {
  by: "agent" | "outside";
  action: ProposedAction;
  variant: Variant | null;
  target: string | null;
  extent: Extent;
  amountMinor: number | null;
  currency: string | null;
  confidence: "low" | "medium" | "high";
  reason: string;
  agent: AgentRecord | null;
};

/** No decision was possible, and what had been answered until then: a case about it keeps both. */
export type Undecided = { failure: Failure; proposal: Proposal | null; agent: AgentRecord | null };

/** `missing`: a ref that the agent answered and that the event does not have. */
export type Proposed = { proposal: Proposal; reference: Reference | null; missing: string | null };
