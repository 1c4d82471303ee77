import { describe, expect, it } from "vitest";
import { createMerger } from "../../../shared/core/merge.ts";

describe("calls of one batch", () => {
  const doubled = () => {
    const calls: number[][] = [];
    return {
      calls,
      double: async (items: number[]) => {
        calls.push(items);
        if (items.includes(13)) throw new Error("thirteen");
        return items.map((item) => item * 2);
      },
    };
  };

  it("become one call a key, and each is answered with its own part", async () => {
    const { calls, double } = doubled();
    const merge = createMerger(1);
    const answers = await Promise.all([
      merge("a", [1, 2], double),
      merge("a", [], double),
      merge("a", [3], double),
      merge("b", [4], double),
    ]);
    expect(answers).toEqual([[2, 4], [], [6], [8]]);
    expect(calls).toEqual([[1, 2, 3], [4]]);
  });

  it("fail together, and the next ones do not", async () => {
    const { double } = doubled();
    const merge = createMerger(1);
    const [one, other] = await Promise.allSettled([merge("a", [1], double), merge("a", [13], double)]);
    expect([one?.status, other?.status]).toEqual(["rejected", "rejected"]);
    expect(await merge("a", [1], double)).toEqual([2]);
  });

  it("go alone where nothing is to be merged", async () => {
    const { calls, double } = doubled();
    const merge = createMerger(null);
    await Promise.all([merge("a", [1], double), merge("a", [2], double)]);
    expect(calls).toEqual([[1], [2]]);
  });
});
