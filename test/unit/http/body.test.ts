import { describe, expect, it } from "vitest";
import { readWhole as read, readBytes } from "../../../shared/http/body.ts";
import { createBoundedLogs } from "../../../shared/http/bounded-log.ts";
import { PACES, type Pace, readPaced } from "../../../shared/http/pace.ts";
import { createRoom } from "../../../shared/http/room.ts";

const PART_BYTES = 1_000;
const MAX_BYTES = 10 * PART_BYTES;

const readWhole = (request: Request, maxBytes: number) => read(request, maxBytes, PACES.whole, () => 0);
const tooLarge = { ok: false, error: "too large" };

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
    if (!whole.ok) throw new Error(whole.error);
    expect(whole.value.byteLength).toBe(MAX_BYTES);
    expect(whole.value.every((byte, index) => byte === Math.floor(index / PART_BYTES))).toBe(true);
  });

  it("is refused with the first part that is too much, and what comes after it is left to be drained", async () => {
    const { request, taken } = sending(100 * PART_BYTES);
    expect(await readWhole(request, MAX_BYTES)).toEqual(tooLarge);
    expect([taken.bytes, request.body?.locked]).toEqual([MAX_BYTES + PART_BYTES, false]);
  });

  it("is refused without being read where its length is declared", async () => {
    const { request, taken } = sending(MAX_BYTES + 1, { "content-length": String(MAX_BYTES + 1) });
    expect(await readWhole(request, MAX_BYTES)).toEqual(tooLarge);
    expect(taken.bytes).toBe(0);
  });

  it("is counted where less of it was declared", async () => {
    const { request } = sending(MAX_BYTES + 1, { "content-length": "1" });
    expect(await readWhole(request, MAX_BYTES)).toEqual(tooLarge);
  });

  it("is empty where there is none", async () => {
    expect(await readWhole(new Request("http://door/"), MAX_BYTES)).toEqual({ ok: true, value: new Uint8Array() });
  });
});

const QUICK: Pace = { idleMs: 40, patienceMs: 120, bytesPerSecond: 0 };
/** Far more than the pace allows, so that a door that goes on waiting is told from one that is only slow. */
const BOUND_MS = 5_000;
/** Sends one part each `everyMs`, and then nothing, for ever; or goes away. */
function slowly(parts: number, everyMs: number, then: "stalls" | "ends" | "goes away", declared?: number) {
  const seen = { cancelled: false };
  let sent = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, everyMs));
        if (sent++ < parts) return controller.enqueue(new Uint8Array(100));
        if (then === "ends") return controller.close();
        if (then === "goes away") return controller.error(new TypeError("Network connection lost."));
        await new Promise(() => {});
      },
      cancel: () => {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const headers: Record<string, string> = declared === undefined ? {} : { "content-length": String(declared) };
  return {
    seen,
    request: new Request("http://door/v1/x?key=secret", { method: "POST", body, headers, duplex: "half" }),
  };
}

function reading(whole: Pace) {
  const logged: Record<string, unknown>[] = [];
  const log = (line: Record<string, unknown>) => void logged.push(line);
  const cutShort = createBoundedLogs("ingest", { now: Date.now, log });
  return { logged, deps: { paces: { ...PACES, whole }, now: Date.now, cutShort } };
}
const limit = { maxBytes: MAX_BYTES, tooLarge: "too large" };

describe("a body whose sender lets us wait", () => {
  it.each([
    ["of unknown length", undefined],
    ["of a short length", 1_000],
  ])("%s is a 408 once nothing has come for too long", { timeout: BOUND_MS }, async (_, declared) => {
    const { request } = slowly(1, 0, "stalls", declared);
    const read = await readBytes(request, limit, reading(QUICK).deps);
    expect(read.ok ? 200 : read.error.status).toBe(408);
  });

  it("is not read any more, so that its connection holds nothing", { timeout: BOUND_MS }, async () => {
    const { request, seen } = slowly(2, 0, "stalls");
    await readBytes(request, limit, reading(QUICK).deps);
    expect([seen.cancelled, request.body?.locked]).toEqual([true, true]);
  });

  it("is a 408 after the most that it may take, though parts of it keep coming", { timeout: BOUND_MS }, async () => {
    const { request } = slowly(1_000, 10, "stalls");
    const read = await readBytes(request, { ...limit, maxBytes: 1_000_000 }, reading(QUICK).deps);
    expect(read.ok ? 200 : read.error.status).toBe(408);
  });

  it("is whole where it ends in time", { timeout: BOUND_MS }, async () => {
    const { request } = slowly(5, 5, "ends");
    const read = await readBytes(request, limit, reading({ ...QUICK, idleMs: 2_000, patienceMs: 3_000 }).deps);
    expect(read.ok && read.value.byteLength).toBe(500);
  });

  it("is in the log though a flood of others went away in the same minute", { timeout: BOUND_MS }, async () => {
    const { deps, logged } = reading(QUICK);
    for (let nth = 0; nth < 100; nth++) await readBytes(slowly(0, 0, "goes away", 100).request, limit, deps);
    await readBytes(slowly(1, 0, "stalls").request, limit, deps);
    expect([logged.length, logged.at(-1)]).toEqual([61, { what: "door.stalled", path: "/v1/x" }]);
  });

  it("and stalls is one quiet line", { timeout: BOUND_MS }, async () => {
    const { deps, logged } = reading(QUICK);
    await readBytes(slowly(1, 0, "stalls").request, limit, deps);
    expect(logged).toEqual([{ what: "door.stalled", path: "/v1/x" }]);
  });

  it("and is gone before its end is one quiet line, without what it sent", async () => {
    const { deps, logged } = reading(PACES.whole);
    const read = await readBytes(slowly(1, 0, "goes away").request, limit, deps);
    expect(read.ok ? 200 : read.error.status).toBe(400);
    expect(logged).toEqual([{ what: "door.aborted", path: "/v1/x" }]);
  });
});

describe("a file that is streamed", () => {
  async function partsOf(pace: Pace, body: ReadableStream<Uint8Array> | null): Promise<(number | string)[]> {
    const parts: (number | string)[] = [];
    if (body === null) return parts;
    for await (const part of readPaced(body, pace, Date.now)) parts.push(typeof part === "string" ? part : part.length);
    return parts;
  }

  it("may take longer than the patience, as long as it moves", { timeout: BOUND_MS }, async () => {
    const pace = { idleMs: 2_000, patienceMs: 60, bytesPerSecond: 1_000 };
    expect(await partsOf(pace, slowly(20, 10, "ends").request.body)).toEqual(Array(20).fill(100));
  });

  it("is cut where it moves more slowly than the least rate", { timeout: BOUND_MS }, async () => {
    const pace = { idleMs: 2_000, patienceMs: 100, bytesPerSecond: 50_000 };
    const parts = await partsOf(pace, slowly(500, 10, "ends").request.body);
    expect([parts.at(-1), parts.length < 100]).toEqual(["stalled", true]);
  });

  it("saves no patience for later: many bytes at once do not buy a long silence", { timeout: BOUND_MS }, async () => {
    const pace = { idleMs: 60_000, patienceMs: 100, bytesPerSecond: 1 };
    expect((await partsOf(pace, slowly(50, 0, "stalls").request.body)).at(-1)).toBe("stalled");
  });

  it("is not charged for the time in which we store what came", { timeout: BOUND_MS }, async () => {
    const { body } = slowly(4, 0, "ends").request;
    const pace = { idleMs: 2_000, patienceMs: 100, bytesPerSecond: 0 };
    let parts = 0;
    if (body !== null)
      for await (const part of readPaced(body, pace, Date.now)) {
        expect(part).toHaveLength(100);
        parts++;
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
    expect(parts).toBe(4);
  });
});

describe("long bodies of senders whom nobody has recognised yet", () => {
  const KB = 1_024;
  const long = { maxBytes: 1_024 * KB, tooLarge: "too large" };
  /** Sends this much and then waits, until it is told to end. */
  function holding(bytes: number) {
    const end = Promise.withResolvers<void>();
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        if (sent < bytes) {
          controller.enqueue(new Uint8Array(KB));
          sent += KB;
          return;
        }
        await end.promise;
        controller.close();
      },
    });
    return { end: end.resolve, request: new Request("http://door/v1/x", { method: "POST", body, duplex: "half" }) };
  }
  const arrived = () => new Promise((resolve) => setTimeout(resolve, 50));

  it("share their memory: one too many is a 503 with a quiet line, until one of them ends", async () => {
    const room = createRoom(300 * KB);
    const { deps, logged } = reading(PACES.whole);
    const first = holding(300 * KB);
    const waiting = readBytes(first.request, long, { ...deps, room });
    await arrived();
    const refused = await readBytes(holding(200 * KB).request, long, { ...deps, room });
    const answer = refused.ok ? null : refused.error;
    expect([answer?.status, answer?.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(logged).toEqual([{ what: "door.no_room", path: "/v1/x" }]);

    first.end();
    expect((await waiting).ok).toBe(true);
    const again = holding(200 * KB);
    again.end();
    expect((await readBytes(again.request, long, { ...deps, room })).ok).toBe(true);
  });

  it("never keep out a short one, of known or unknown length, nor any of a sender who is recognised", async () => {
    const room = createRoom(0);
    const { deps } = reading(PACES.whole);
    const answers = [];
    for (const [bytes, of] of [
      [64 * KB, room],
      [65 * KB, room],
      [1_024 * KB, null],
    ] as const) {
      const { request, end } = holding(bytes);
      end();
      answers.push((await readBytes(request, long, { ...deps, room: of })).ok);
    }
    expect(answers).toEqual([true, false, true]);
  });
});
