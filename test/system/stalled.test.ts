import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PACES } from "../../shared/http/pace.ts";
import { growthDuring, hasProc, residentMb, workerdOf } from "../helpers/memory.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { openStalled } from "../helpers/stalled.ts";
import { waitFor } from "../helpers/wait.ts";

let system: TestStack;
beforeAll(async () => {
  system = await bootStack({ consumers: "none" });
});
afterAll(async () => await system?.stop());

const SENDERS = 150;
const DECLARED = 1_000_000;
/** What a busy machine may add to the deadline. */
const SLACK_MS = 15_000;
const BOUND_MS = PACES.whole.patienceMs + SLACK_MS;
/** They held 200 MB. */
const GROWTH_MAX_MB = 100;
const ndjson = () => ({
  authorization: `Bearer ${system.stack.keys.INGEST_KEY}`,
  "content-type": "application/x-ndjson",
});
const json = { "content-type": "application/json" };
/** What was sent is at the door by then. Where it is not, the sender broke off a little earlier, which is as good. */
const arrived = () => new Promise((resolve) => setTimeout(resolve, 500));
const line = (id: string): string =>
  `${JSON.stringify({ id, type: "customer.updated", occurredAt: 1_790_000_000_000, mode: "test" })}\n`;

/** A hundred and fifty at once; what each was answered, and how much the runtime grew by them. */
async function stall(what: string, url: string, path: string, headers: Record<string, string>) {
  const pid = workerdOf(system.stack);
  const { result, growthMb } = await growthDuring(what, pid, async () => {
    const all = Array.from({ length: SENDERS }, () => openStalled(url, path, headers, "{"));
    return await Promise.all(all.map(({ answer }) => answer));
  });
  return { statuses: [...new Set(result.map(({ status }) => status))], result, growthMb };
}

describe.skipIf(!hasProc)("150 senders who send one byte of a body of 1 MB and then nothing", () => {
  const declared = { "content-type": "application/json", "content-length": String(DECLARED) };
  it("each hear a 408 from ingest in time, and hold no memory", { timeout: 2 * BOUND_MS }, async () => {
    const { INGEST_KEY } = system.stack.keys;
    const headers = { ...declared, authorization: `Bearer ${INGEST_KEY}` };
    const seen = await stall("150 stalled bodies at ingest", system.stack.ingestUrl, "/v1/events", headers);
    expect(seen.statuses).toEqual([408]);
    expect(Math.max(...seen.result.map(({ afterMs }) => afterMs))).toBeLessThan(BOUND_MS);
    expect(seen.growthMb).toBeLessThan(GROWTH_MAX_MB);
  });

  it("each hear a 408 from the console in time, and hold no memory", { timeout: 2 * BOUND_MS }, async () => {
    const headers = {
      ...declared,
      "content-length": "60000",
      authorization: `Bearer ${system.stack.keys.CONSOLE_TOKEN}`,
    };
    const seen = await stall("150 stalled bodies at the console", system.stack.consoleUrl, "/api/holds", headers);
    expect(seen.statuses).toEqual([408]);
    expect(seen.growthMb).toBeLessThan(GROWTH_MAX_MB);
  });

  it("hear a 401 at once where their key is wrong: nothing is read for them", { timeout: BOUND_MS }, async () => {
    const headers = { ...declared, authorization: "Bearer wrong" };
    const { answer } = openStalled(system.stack.ingestUrl, "/v1/events", headers, "{");
    const { status, afterMs } = await answer;
    expect([status, afterMs < PACES.whole.idleMs]).toEqual([401, true]);
  });
});

// Each waits for ten seconds of silence, or makes them: side by side.
describe.concurrent("a file", () => {
  it("that stalls is a 408 which counts the lines that are stored, and says where to go on", {
    timeout: 2 * BOUND_MS,
  }, async () => {
    const headers = { ...ndjson(), "content-length": "100000" };
    const part = `${line("stalled-1")}${line("stalled-2")}{"id":"half`;
    const { status, text } = await openStalled(system.stack.ingestUrl, "/v1/events", headers, part).answer;
    expect([status, JSON.parse(text)]).toMatchObject([408, { accepted: 2, continueFrom: 3 }]);
    expect((await system.console.trace("api:stalled-2")).event.event.id).toBe("api:stalled-2");
  });

  it("that is slow but moves is taken to its end", { timeout: 2 * BOUND_MS }, async () => {
    const all = Array.from({ length: 12 }, (_, nth) => line(`slow-${nth}`).replace("\n", `${" ".repeat(2_000)}\n`));
    const headers = { ...ndjson(), "content-length": String(all.join("").length) };
    const opened = openStalled(system.stack.ingestUrl, "/v1/events", headers, all[0] ?? "");
    for (const part of all.slice(1)) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      opened.send(part);
    }
    expect(await opened.answer).toMatchObject({ status: 202 });
  });
});

describe("a sender who goes away", () => {
  const lines = () => system.logs.map(({ message }) => message);
  const aborted = () => lines().filter((message) => message.includes('"door.aborted"')).length;
  const noisy = () =>
    system.logs.filter(({ level, message }) => level === "error" || level === "warn" || /bug|uncaught/i.test(message));

  const declared = { ...json, "content-length": "100000" };
  it.each([
    ["closes its connection in a file", "close", "/v1/events", "application/x-ndjson"],
    ["resets its connection in a file", "reset", "/v1/events", "application/x-ndjson"],
    ["closes its connection in a body that is read whole", "close", "/v1/requests", "application/json"],
    ["resets its connection in a body that is read whole", "reset", "/v1/requests", "application/json"],
    ["resets its connection in a webhook", "reset", "/webhooks/adyen", "application/json"],
  ] as const)("and %s is one quiet line, and no bug", { timeout: BOUND_MS }, async (_, how, path, type) => {
    const before = aborted();
    const headers = { ...declared, ...ndjson(), "content-type": type };
    const opened = openStalled(system.stack.ingestUrl, path, headers, line(`gone-${before}`));
    await arrived();
    opened.breakOff(how);
    await waitFor(
      "a line door.aborted",
      async () => aborted(),
      (now) => now > before,
      20_000,
    );
    expect([aborted(), noisy()]).toEqual([before + 1, []]);
  });

  it("while it hears why it is refused is no bug", { timeout: BOUND_MS }, async () => {
    const opened = openStalled(system.stack.ingestUrl, "/v1/nowhere", declared, "{");
    await arrived();
    opened.breakOff("reset");
    // The refusal stays open for two seconds, and the runtime reports what hangs after that.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(noisy()).toEqual([]);
  });

  it("leaves the lines behind that were whole", { timeout: BOUND_MS }, async () => {
    const headers = { ...declared, ...ndjson() };
    const opened = openStalled(system.stack.ingestUrl, "/v1/events", headers, `${line("left-1")}{"id":"half`);
    await arrived();
    opened.breakOff("reset");
    const look = () =>
      system.console.trace("api:left-1").then(
        () => true,
        () => false,
      );
    expect(await waitFor("the whole line", look, (isThere) => isThere, 20_000)).toBe(true);
  });

  it("while it waits for its answer is no bug, and its request is stored", { timeout: BOUND_MS }, async () => {
    const body = JSON.stringify({ message: "What is this charge?" });
    const key = "gone-while-waiting";
    const headers = {
      ...ndjson(),
      ...json,
      "content-length": String(body.length),
      "idempotency-key": key,
      prefer: "wait=20",
    };
    const accepted = async () => (await system.console.totals()).accepted;
    const before = await accepted();
    const opened = openStalled(system.stack.ingestUrl, "/v1/requests", headers, body);
    await waitFor("it to be stored", accepted, (now) => now > before, 20_000);
    opened.breakOff("reset");
    const again = await system.ingest.request({ message: "What is this charge?" }, { "idempotency-key": key });
    expect([again.body.duplicates, noisy()]).toEqual([1, []]);
  });

  it("leaves the door open for the next", { timeout: BOUND_MS }, async () => {
    expect((await system.ingest.event(line("next-one"))).status).toBe(202);
    console.log(`workerd has ${residentMb(workerdOf(system.stack)).toFixed(0)} MB`);
  });
});
