import { describe, expect, it } from "vitest";
import { readWhole } from "../../../shared/http/body.ts";

const PART_BYTES = 1_000;
const MAX_BYTES = 10 * PART_BYTES;

/** A request whose sender says this many bytes, in parts, as they are asked for; and how many of them were. */
function sending(total: number, headers: Record<string, string> = {}) {
  const taken = { bytes: 0 };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const part = Math.min(PART_BYTES, total - taken.bytes);
        if (part === 0) return controller.close();
        controller.enqueue(new Uint8Array(part).fill(taken.bytes / PART_BYTES));
        taken.bytes += part;
      },
    },
    { highWaterMark: 0 },
  );
  return { taken, request: new Request("http://door/", { method: "POST", body, headers, duplex: "half" }) };
}

describe("a body that is read whole", () => {
  it("is every byte of it, in order, up to the most that it may have", async () => {
    const whole = await readWhole(sending(MAX_BYTES).request, MAX_BYTES);
    expect(whole?.byteLength).toBe(MAX_BYTES);
    expect(whole?.every((byte, index) => byte === Math.floor(index / PART_BYTES))).toBe(true);
  });

  it("is refused with the first part that is too much, and what comes after it is left to be drained", async () => {
    const { request, taken } = sending(100 * PART_BYTES);
    expect(await readWhole(request, MAX_BYTES)).toBeNull();
    expect([taken.bytes, request.body?.locked]).toEqual([MAX_BYTES + PART_BYTES, false]);
  });

  it("is refused without being read where its length is declared", async () => {
    const { request, taken } = sending(MAX_BYTES + 1, { "content-length": String(MAX_BYTES + 1) });
    expect(await readWhole(request, MAX_BYTES)).toBeNull();
    expect(taken.bytes).toBe(0);
  });

  it("is counted where less of it was declared", async () => {
    const { request } = sending(MAX_BYTES + 1, { "content-length": "1" });
    expect(await readWhole(request, MAX_BYTES)).toBeNull();
  });

  it("is empty where there is none", async () => {
    expect(await readWhole(new Request("http://door/"), MAX_BYTES)).toEqual(new Uint8Array());
  });
});
