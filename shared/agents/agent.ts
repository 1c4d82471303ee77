import type { OutputConfig, ThinkingConfigParam } from "@anthropic-ai/sdk/resources/messages/messages";
import type { ZodType } from "zod";

/** An agent is a prompt, an answer schema (the reason comes first) and a model. It has no tools and no memory. */
export type Agent<Answer> = {
  name: string;
  model: string;
  /** Thinking counts too, and an answer that does not fit is cut: leave room. */
  maxTokens: number;
  /** Always stated, as is the effort: models think by default, and how much differs between them. */
  thinking: ThinkingConfigParam;
  effort: NonNullable<OutputConfig["effort"]>;
  prompt: string;
  schema: ZodType<Answer>;
};
