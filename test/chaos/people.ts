import type { HandRefund } from "./dashboard.ts";
import type { Keeper } from "./keeper.ts";
import type { Outside } from "./outside.ts";
import type { Deed, DoneDeed, Tale } from "./tales/index.ts";

type Waiting = { tale: Tale; deed: Deed; atItem: number; dueMs: number | null };

/**
 * Whoever does something at the provider, past us: does what is due when they are looked at. What is to be done before a
 * question is sent keeps the question back. What is done on hold the dashboard does (holds.ts).
 */
export function createPeople(
  tales: readonly Tale[],
  placeOf: (tale: Tale) => number,
  { act }: Pick<Outside, "act">,
  keeper: Pick<Keeper, "release" | "areAnswered">,
) {
  let waiting = tales.flatMap((tale) =>
    tale.deeds
      .filter(({ when }) => when !== "on_hold")
      .map((deed): Waiting => ({ tale, deed, atItem: placeOf(tale), dueMs: null })),
  );
  const done: DoneDeed[] = [];
  let refused = 0;

  function isDue(one: Waiting, sent: number, nowMs: number): boolean {
    const { when } = one.deed;
    if (when === "before") return sent >= one.atItem;
    if (when === "on_hold" || !keeper.areAnswered(one.tale.items)) return false;
    one.dueMs ??= nowMs + when.afterMs;
    return nowMs >= one.dueMs;
  }

  async function carryOut({ calls, when: _when, ...deed }: Deed): Promise<void> {
    const begunAtMs = Date.now();
    const ids: string[] = [];
    for (const call of calls) {
      const made = await act(call);
      // The provider's own no: the invoice is paid already, or nothing is left.
      if (made === null) {
        refused += 1;
        return;
      }
      if (typeof made.id === "string") ids.push(made.id);
      if (call.path === "objects") ids.push(...idsIn(call.body));
    }
    done.push({ ...deed, begunAtMs, doneAtMs: Date.now(), ids });
  }

  return {
    async look(sent: number, nowMs: number): Promise<void> {
      const due = waiting.filter((one) => isDue(one, sent, nowMs));
      waiting = waiting.filter((one) => !due.includes(one));
      for (const { deed, tale } of due) {
        await carryOut(deed);
        if (deed.when === "before") keeper.release(tale.items);
      }
    },
    isIdle: (): boolean => waiting.length === 0,
    /** Refunds are told as the dashboard tells its own. */
    done: (): { refunds: HandRefund[]; others: DoneDeed[] } => ({
      refunds: done.flatMap(({ what, ids: [id], payment, amountMinor, begunAtMs, doneAtMs }) =>
        what === "refunded" && id !== undefined && amountMinor !== null
          ? [{ id, payment, amountMinor, begunAtMs, doneAtMs }]
          : [],
      ),
      others: done.filter(({ what }) => what !== "refunded"),
    }),
    refused: (): number => refused,
  };
}

const idsIn = (body: unknown): string[] => (Array.isArray(body) ? body.map(({ id }: { id: string }) => id) : []);

/** What is not to be sent before somebody has done something. */
export const keptBack = (tales: readonly Tale[]): Tale["items"] =>
  tales.flatMap(({ deeds, items }) => (deeds.some(({ when }) => when === "before") ? items : []));
