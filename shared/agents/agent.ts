import type { ZodType } from "zod";

/** An agent is a prompt, an answer schema with the reasons first, and a model tier. Nothing else: no tools, no memory. */
export type Agent<Answer> = {
  name: string;
  model: string;
  maxTokens: number;
  prompt: string;
  schema: ZodType<Answer>;
};
