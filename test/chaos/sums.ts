import type { ActionView } from "../../shared/contracts/views.ts";
import { decimal } from "../../simulators/day/requests.ts";
import type { Moved } from "./moves.ts";
import { couldBeSeen } from "./seen.ts";
import type { Asked, DoneDeed, Sum } from "./tales/index.ts";
import type { World } from "./world.ts";

/** Why the sum that moved is not what was asked. */
export function sumBroken(moved: Moved, world: World): string[] {
  const asked = (world.asked.get(moved.payment) ?? []).filter(({ move }) => move === moved.move);
  if (asked.some(({ sum }) => sum === "nothing")) return ["nobody may move anything of it"];
  return moved.move === "refund" ? refundBroken(moved, asked, world) : collectedBroken(moved, world);
}

function refundBroken(moved: Moved, asked: readonly Asked[], world: World): string[] {
  // Asked for all that was left, by the run itself: book-bank.ts.
  const event = world.actions.get(moved.action)?.eventId;
  if (world.acts.askedAgain.some((again) => again.event === event)) return [];
  if (asked.length === 0) return ["nobody asked for it"];
  const right = asked.flatMap(({ sum }) => sumsOf(sum, moved, world));
  return right.includes(moved.amountMinor) ? [] : [`asked was ${right.join(" or ")}`];
}

/** All of it is what is left when it is decided: any of the refunds by hand may have come before, in their order. */
function sumsOf(sum: Sum, { payment }: Moved, { after, deeds }: World): number[] {
  if (sum === "nothing") return [];
  if (sum !== "whole") return [sum.exactly];
  const captured = after.captures.find(({ paymentIntent }) => paymentIntent === payment)?.amountCapturedMinor ?? 0;
  const sums = [captured];
  for (const { what, amountMinor } of (deeds.get(payment) ?? []).toSorted((a, b) => a.doneAtMs - b.doneAtMs))
    if (what === "refunded") sums.push((sums.at(-1) ?? 0) - (amountMinor ?? 0));
  return sums;
}

/**
 * The provider takes what is owed when it is called. Where that is not what was granted, and it was to be seen, nothing was
 * to be sent; where it was not, a person is to be told both sums.
 */
function collectedBroken(moved: Moved, world: World): string[] {
  const { amountMinor, payment, action } = moved;
  const view = world.actions.get(action);
  const granted = view?.action.amountMinor ?? null;
  const changes = (world.deeds.get(payment) ?? []).filter(({ what }) => what === "amount");
  const seen = changes.filter((deed) => couldBeSeen(deed, moved, world.readsOf) === true).at(-1);
  if (granted !== null && granted !== amountMinor) {
    if (seen !== undefined) return [`${granted} was granted, and it was to be seen: ${seen.how}`];
    return view !== undefined && namesBoth(view, [granted, amountMinor])
      ? []
      : [`${granted} was granted, and no case tells both (${view?.state}: ${view?.caseReason ?? "no reason"})`];
  }
  return moved.move === "capture" ? partCaptured(moved, seen, world) : [];
}

/** Of what was held less was taken than was there when it was read. */
function partCaptured({ payment, amountMinor }: Moved, seen: DoneDeed | undefined, { first }: World): string[] {
  const held = seen?.amountMinor ?? Number(first.get(payment)?.amount_capturable ?? amountMinor);
  return held === amountMinor ? [] : [`${held} was held when it was read (${seen?.how ?? "from the start"})`];
}

/** The row is a case that tells a person both sums. */
export function namesBoth({ caseReason, state, action }: ActionView, sums: readonly number[]): boolean {
  if (state !== "case_open" || caseReason === null) return false;
  const said = caseReason.replaceAll(",", "");
  return sums.every((sum) => said.includes(decimal(sum, action.currency ?? "usd")));
}
