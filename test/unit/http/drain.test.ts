import { describe, expect, it } from "vitest";
import { answerAndDrain } from "../../../shared/http/drain.ts";

const MB = 1_048_576;
const refusal = (): Response => Response.json({ detail: "no" }, { status: 413, headers: { "x-kept": "yes" } });

/** A request whose sender has `total` bytes to say, and how many of them were taken. `total` null: never ends. */
function sending(total: number | null) {
  const taken = { bytes: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (total !== null && taken.bytes >= total) return controller.close();
        taken.bytes += MB;
        controller.enqueue(new Uint8Array(MB));
      },
      cancel: () => {
        taken.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { taken, request: new Request("http://door/", { method: "POST", body, duplex: "half" }) };
}

/** Sleeps end when the test says so. */
function clock() {
  const wakes: (() => void)[] = [];
  const works: Promise<void>[] = [];
  return {
    works,
    deps: {
      sleep: () => new Promise<void>((wake) => wakes.push(wake)),
      waitUntil: (work: Promise<void>) => void works.push(work),
    },
    /** Once so many sleeps have begun since the start, all of them end. */
    pass: async (count: number): Promise<void> => {
      while (wakes.length < count) await new Promise((resolve) => setImmediate(resolve));
      for (const wake of wakes) wake();
    },
  };
}

describe("an answer to a caller who is still sending", () => {
  it("waits for a body that ends soon, and goes out as it is", async () => {
    const { request, taken } = sending(8 * MB);
    const { deps, works } = clock();
    const response = refusal();
    expect(await answerAndDrain(request, response, deps)).toBe(response);
    expect([taken.bytes, works.length]).toEqual([8 * MB, 0]);
  });

  it("goes out as it is where there is no body", async () => {
    const response = refusal();
    expect(await answerAndDrain(new Request("http://door/"), response, clock().deps)).toBe(response);
  });

  it("goes out while a sender without end goes on, of whom no more than 128 MB are read, and ends after its time", async () => {
    const { request, taken } = sending(null);
    const { deps, works, pass } = clock();
    const response = await answerAndDrain(request, refusal(), deps);
    expect([response.status, response.headers.get("x-kept")]).toEqual([413, "yes"]);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const first = await reader.read();
    expect(new TextDecoder().decode(first.value)).toBe('{"detail":"no"}');
    const ended = reader.read();
    expect(taken.cancelled).toBe(false);
    await pass(2);
    expect((await ended).done).toBe(true);
    await Promise.all(works);
    expect(taken.cancelled).toBe(true);
    expect(taken.bytes).toBeLessThanOrEqual(130 * MB);
  });

  it("goes out when a sender has said nothing for a while, and ends when the sender does", async () => {
    let finish = (): void => undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        finish = () => controller.close();
      },
    });
    const request = new Request("http://door/", { method: "POST", body, duplex: "half" });
    const { deps, works, pass } = clock();
    const answered = answerAndDrain(request, refusal(), deps);
    await pass(1);
    const text = (await answered).text();
    finish();
    expect(await text).toBe('{"detail":"no"}');
    await Promise.all(works);
  });

  it("is not held back by a body that breaks off", async () => {
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("gone")) });
    const request = new Request("http://door/", { method: "POST", body, duplex: "half" });
    const response = refusal();
    expect(await answerAndDrain(request, response, clock().deps)).toBe(response);
  });
});
