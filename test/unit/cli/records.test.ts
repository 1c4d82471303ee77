import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { rebuild } from "../../../cli/commands/records.ts";
import type { RebuildReceipt } from "../../../shared/contracts/recorded.ts";
import { recordAct } from "../../../shared/records/acts/record.ts";
import { putPerson } from "../../../shared/records/people.ts";
import { createRecordsWorld, type RecordsWorld } from "../../helpers/records-world.ts";

/** The console's route, over the real rebuild and a local SQLite. It refuses the next `refusing` requests. */
let world: RecordsWorld;
let server: Server;
let asked: unknown[] = [];
let refusing = 0;
let printed = "";
let noted = "";
const listeners = new Set([...process.listeners("SIGINT"), ...process.listeners("SIGTERM")]);

beforeEach(async () => {
  world = createRecordsWorld();
  [asked, refusing, printed, noted] = [[], 0, "", ""];
  server = createServer(async (request, response) => {
    const body = JSON.parse(await textOf(request)) as { cursor?: string };
    asked.push(body);
    if (refusing-- > 0) return void response.writeHead(400).end(JSON.stringify({ detail: "D1 is gone" }));
    const receipt: RebuildReceipt = await world.rebuildPage(body.cursor ?? null);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(receipt));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    noted += String(text);
    return true;
  });
});
afterEach(() => {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    for (const listener of process.listeners(signal)) if (!listeners.has(listener)) process.off(signal, listener);
  vi.restoreAllMocks();
  process.exitCode = undefined;
  server.close();
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request) text += String(part);
  return text;
}

const env = () => ({
  COUNTERSIGN_CONSOLE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  CONSOLE_TOKEN: "token",
});
const finalLine = (): Pick<RebuildReceipt, "restored" | "unproven" | "next"> =>
  JSON.parse(printed.trim().split("\n").at(-1) ?? "");

describe("countersign records rebuild", () => {
  it("asks until all has been read, shows how far it is, and says what it restored", async () => {
    for (let n = 1; n <= 240; n++) await world.openCase(n);
    const before = world.rows();
    world.lose();
    await rebuild(env(), { json: true });
    expect(asked.length).toBeGreaterThan(2);
    expect(finalLine()).toEqual({
      restored: { cases: 240, deadLetters: 0, acts: 0, audit: 0 },
      unproven: [],
      next: null,
    });
    expect(noted).toContain("27/27");
    expect(process.exitCode).toBeUndefined();
    expect(world.rows()).toEqual(before);
  });

  it("that is refused in mid-way names the place, from which the next one goes on", async () => {
    for (let n = 1; n <= 240; n++) await world.openCase(n);
    const before = world.rows();
    world.lose();
    const once = await world.rebuildPage(null);
    refusing = 1;
    await expect(rebuild(env(), { from: once.next ?? "" })).rejects.toMatchObject({
      hint: [expect.stringContaining(`--from ${once.next}`)],
    });
    await rebuild(env(), { from: once.next ?? "" });
    expect(world.rows()).toEqual(before);
  });

  it("names what the console has not proven: an act that it refused, and a row that it removed", async () => {
    const [about, ghost] = [`person_${"1".repeat(32)}`, `person_${"2".repeat(32)}`];
    const by = { id: "person_first", name: "first admin" };
    const wanted = { what: "people.add", by, about, n: 1, key: "k", text: null, at: 1, mode: "test" } as const;
    await recordAct(world.ledger, wanted);
    const row = { name: "Eve", human: true, roles: ["approver"] as const, vouchedBy: [], identity: "token:1" };
    await putPerson(world.database(), { ...row, id: ghost, acts: 1, addedAt: 1, revokedAt: null, proof: null });
    await rebuild(env(), { json: true });
    expect(printed + noted).toContain(`refused act:${about}:1`);
    expect(printed + noted).toContain(`removed the row of ${ghost}`);
    expect(finalLine().unproven).toEqual([`act:${about}:1`, ghost]);
    expect(world.alarms).toMatchObject([{ id: ghost }, { id: about, event: `act:${about}:1` }]);
  });

  it("that is interrupted ends after the request under way, with the place and the exit code of an interruption", async () => {
    for (let n = 1; n <= 240; n++) await world.openCase(n);
    world.lose();
    server.once("request", () => process.emit("SIGINT"));
    await rebuild(env(), { json: true });
    expect(asked).toHaveLength(1);
    expect(process.exitCode).toBe(130);
    const { next } = finalLine();
    expect(next).toMatch(/^actions\//);
    expect(printed).toContain(`records rebuild --from ${next}`);
  });
});
