import { describe, expect, it } from "vitest";
import { flushInBatches } from "../../../shared/core/flush.ts";

const gate = () => Promise.withResolvers<void>();

describe("the last steps of a batch", () => {
  it("begin together when the last item is ready, in the order of the items", async () => {
    const late = gate();
    const begun: string[] = [];
    const answers = flushInBatches(
      ["quick", "late"],
      async (item) => {
        if (item === "late") await late.promise;
        return async () => {
          begun.push(item);
          return item.length;
        };
      },
      60_000,
    );
    await new Promise((done) => setTimeout(done, 5));
    expect(begun).toEqual([]);
    late.resolve();
    expect(await answers).toEqual([5, 4]);
    expect(begun).toEqual(["quick", "late"]);
  });

  it("are held up by a slow item no longer than the patience", async () => {
    const never = gate();
    const begun = gate();
    const answers = flushInBatches(
      ["quick", "slow"],
      async (item) => {
        if (item === "slow") await never.promise;
        return async () => (item === "quick" ? begun.resolve() : undefined);
      },
      5,
    );
    await begun.promise;
    never.resolve();
    await answers;
  });

  it("are not held up by an item that could not be prepared", async () => {
    const begun = gate();
    const answers = flushInBatches(
      [1, 2],
      async (item) => {
        if (item === 2) throw new Error("two");
        return async () => begun.resolve();
      },
      60_000,
    );
    await expect(answers).rejects.toThrow("two");
    await begun.promise;
  });

  it("are none for no items", async () => {
    expect(await flushInBatches([], async () => async () => 1)).toEqual([]);
  });
});
