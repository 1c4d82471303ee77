import * as z from "zod";
import { choices } from "./rules/router-answer.ts";

// How the stand-in answers: as its rules say, as badly as the schema allows, or always the same.

const alwaysAnswer = z.strictObject({
  action: z.enum(choices.actions),
  variant: z.enum(choices.variants).default("none"),
  target: z.enum(choices.targets),
  extent: z.enum(choices.extents),
  /** `largest`: the ref of the largest amount that the event lists, a1 where it lists none. */
  amount: z.enum([...choices.amounts, "largest"]),
});

const seed = z.int().exactOptional();

const change = z.discriminatedUnion(
  "mode",
  [
    z.strictObject({ mode: z.enum(["normal", "hostile"]), seed }),
    z.strictObject({ mode: z.literal("always"), always: alwaysAnswer, seed }),
  ],
  { error: ({ code }) => (code === "invalid_union" ? "must be normal, hostile or always" : undefined) },
);

export type Mode = z.infer<typeof change>["mode"];
/** The router's answer to every event. It is sure of itself. */
export type AlwaysAnswer = z.infer<typeof alwaysAnswer>;
export type GivenAlways = z.input<typeof alwaysAnswer>;

/** Throws a ZodError. `always` is null but in its own mode, so that no mode leaves anything to the next. */
export function readMode(given: unknown): { mode: Mode; always: AlwaysAnswer | null; seed?: number } {
  return { always: null, ...change.parse(given) };
}
