import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refundAction } from "../../helpers/ledger.ts";
import { createRecordsWorld, type RecordsWorld } from "../../helpers/records-world.ts";

/**
 * Two worlds in which the same happens; the database of one is lost again and again, and rebuilt page by page meanwhile. In
 * the end both have the same rows.
 */
type Work = "case" | "kill" | "keep" | "kill_event" | "message";
type Step = { do: Work | "redrive" | "discard"; n: number } | { do: "lose" } | { do: "page" };

const SUBJECTS = 4;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom("case", "kill", "keep", "kill_event", "message", "redrive", "redrive", "discard"),
      n: fc.integer({ min: 1, max: SUBJECTS }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose") }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("page") }) },
) as fc.Arbitrary<Step>;

async function act(world: RecordsWorld, what: Work, n: number): Promise<void> {
  const key = refundAction(n);
  switch (what) {
    case "case":
      return await world.openCase(100 + n);
    case "kill": {
      const [view] = await world.ledger.actions([key]);
      if (view === undefined || view === null || view.state === "ready") await world.kill(n);
      return;
    }
    case "keep":
      return await world.keepLetter(n);
    case "kill_event": {
      const view = await world.ledger.eventView(`stripe:evt_${n}`);
      if (view === null || view.state === "received") await world.killEvent(n);
      return;
    }
    case "message":
      return await world.keepMessage(n);
  }
}

describe("whatever people and Workers did, and whenever the database was lost,", () => {
  test("a rebuild brings back what a database has that was never lost", async () => {
    let losses = 0;
    const states = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const [lost, kept] = [createRecordsWorld(1), createRecordsWorld(1)];
        let cursor: string | null = null;
        for (const [index, one] of steps.entries()) {
          for (const world of [lost, kept]) world.clock.now += 60_000;
          if (one.do === "lose") {
            lost.lose();
            cursor = null;
            losses += 1;
          } else if (one.do === "page") {
            cursor = (await lost.rebuildPage(cursor)).next;
          } else if (one.do === "redrive" || one.do === "discard") {
            // People act on what they see.
            const { letters } = lost.rows();
            const id = letters[one.n % Math.max(1, letters.length)]?.id;
            if (id === undefined || !kept.rows().letters.some((letter) => letter.id === id)) continue;
            for (const world of [lost, kept])
              await (one.do === "redrive" ? world.redrive([id]) : world.discard([id], `because of ${index}`));
          } else for (const world of [lost, kept]) await act(world, one.do, one.n);
        }
        await lost.rebuild();
        // A letter that is on its way is written early by a rebuild; it arrives in both.
        for (const world of [lost, kept]) for (let n = 1; n <= SUBJECTS; n++) await world.keepLetter(n);
        const again = await lost.rebuild();
        expect(lost.rows()).toEqual(kept.rows());
        for (const { state } of kept.rows().letters) states.set(state, (states.get(state) ?? 0) + 1);
        expect(again).toMatchObject({ cases: 0, deadLetters: 0 });
      }),
      { numRuns: 40 },
    );
    expect(losses).toBeGreaterThan(10);
    expect(Math.min(...states.values())).toBeGreaterThan(2);
    expect(states.size).toBe(3);
    // Some seconds; more on a busy machine.
  }, 90_000);
});
