import { expect, test } from "vitest";
import { mapLimit } from "../../../shared/core/concurrency.ts";

test("mapLimit keeps the order of its items and never runs more than its limit at once", async () => {
  let running = 0;
  let most = 0;
  const results = await mapLimit([5, 1, 4, 2, 3, 0, 6], 3, async (item, index) => {
    running++;
    most = Math.max(most, running);
    for (let turn = 0; turn < item; turn++) await Promise.resolve();
    running--;
    return `${index}:${item}`;
  });
  expect(results).toEqual(["0:5", "1:1", "2:4", "3:2", "4:3", "5:0", "6:6"]);
  expect(most).toBe(3);
});

test("mapLimit hands an exception to its caller and starts nothing after it with a limit of one", async () => {
  const started: number[] = [];
  const mapped = mapLimit([1, 2, 3], 1, async (item) => {
    started.push(item);
    if (item === 2) throw new Error("second");
    return item;
  });
  await expect(mapped).rejects.toThrow("second");
  expect(started).toEqual([1, 2]);
});
