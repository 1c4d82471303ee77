import { isTerminal } from "../../shared/contracts/action.ts";
import type { ActionView } from "../../shared/contracts/views.ts";
import { roomIn } from "./effects.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";

/** The guardrails say that a payment has not so much left. */
export const wantsRoom = ({ caseAbout }: ActionView): boolean => caseAbout?.rule === "captured";

/**
 * Where a person refunded at the provider as well, a refund of ours was made in full, was lowered to what remained before
 * it was granted, or is a case: nothing else, and no case for want of what is still there.
 */
export function handRefundsBroken({ acts, after, actions }: Evidence): Broken[] {
  const say = broken("unaccounted");
  const byPayment = Map.groupBy(
    [...actions.values()].filter(({ action }) => action.kind === "refund"),
    ({ action }) => action.payment,
  );
  return [...new Set(acts.handRefunds.map(({ payment }) => payment))].flatMap((payment) => {
    const ours = byPayment.get(payment) ?? [];
    const [only] = ours;
    return [
      ...ours.flatMap(({ action: { id }, state }) =>
        // What is not terminal is lost, and said there.
        state === "succeeded" || state === "case_open" || !isTerminal(state)
          ? []
          : [say(id, `${id}, beside a refund that a person made of ${payment}, is ${state}: neither made nor a case`)],
      ),
      ...(ours.length === 1 && only !== undefined ? needless(only, payment, roomIn(after, payment)) : []),
    ];
  });
}

function needless(view: ActionView, payment: string, roomMinor: number): Broken[] {
  const { action, state, caseReason } = view;
  const { id, amountMinor } = action;
  if (state !== "case_open" || amountMinor === null || amountMinor > roomMinor) return [];
  if (!wantsRoom(view)) return [];
  return [broken("unaccounted")(id, `${id} is a case (${caseReason}), and ${payment} has ${roomMinor} left`)];
}
