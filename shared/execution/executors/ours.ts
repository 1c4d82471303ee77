import type { Action } from "../../contracts/action.ts";
import { CLOCKS_APART_MS } from "../../core/time.ts";
import type { JudgeContext } from "../executor.ts";

/** `actionId`: the action that the object names. `at`: when it came about; null where the provider does not say. */
export type Trace = { actionId: string | null; at: number | null };

/**
 * Whether an effect that exists is ours: the provider has named it for this action, it carries our id, or a call of ours may
 * have made it and nothing says otherwise. That we have tried before proves nothing. Our captures always carry our id, so one
 * without it is somebody else's.
 */
export function isOurs(
  { id, variant }: Action,
  { actionId, at }: Trace,
  { providerObject, mayHaveActedSince }: Pick<JudgeContext, "providerObject" | "mayHaveActedSince">,
): boolean {
  if (providerObject !== null || actionId === id) return true;
  if (variant === "capture") return false;
  if (mayHaveActedSince === null || actionId !== null) return false;
  return at === null || at + CLOCKS_APART_MS >= mayHaveActedSince;
}
