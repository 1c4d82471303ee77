import { describe, expect, it } from "vitest";
import { chaosDay } from "../../chaos/day.ts";
import { filesIn, parcelsWith } from "../../chaos/long-files.ts";

describe("long files", () => {
  const { stream, conflicts } = chaosDay({ events: 2_000, seed: 5, hostile: false });
  const alone = new Set(conflicts.flatMap(({ items }) => items));
  const files = filesIn(5, stream, alone);
  const parcels = parcelsWith(files, stream);

  it("send every item once, and two files with many lines each", () => {
    const sent = parcels.flatMap(({ items }) => items);
    expect(sent).toHaveLength(stream.length);
    expect(new Set(sent)).toEqual(new Set(stream));
    expect(parcels.filter(({ items }) => items.length > 100)).toHaveLength(2);
  });

  it("have lines that ask for something, and none that waits for another", () => {
    const lines = [...files.keys()];
    expect(lines.some(({ body }) => body.includes("payment_failed"))).toBe(true);
    expect(lines.filter((item) => alone.has(item))).toEqual([]);
  });

  it("are left out of a short stream", () => {
    expect(filesIn(5, chaosDay({ events: 200, seed: 5, hostile: false }).stream, new Set()).size).toBe(0);
  });
});
