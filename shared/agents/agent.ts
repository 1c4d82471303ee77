import type { ZodType } from "zod";

/** An agent is a prompt, an answer schema (the reason comes first) and a model. It has no tools and no memory. */
export type Agent<Answer> = {
  name: string;
  model: string;
  maxTokens: number;
  prompt: string;
  schema: ZodType<Answer>;
};
