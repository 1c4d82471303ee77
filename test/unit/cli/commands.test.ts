import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { withQuery } from "../../../cli/api/routes.ts";
import { callConsole, consoleTarget, ingestTarget } from "../../../cli/client.ts";
import { show as showCase } from "../../../cli/commands/cases/show.ts";
import { refuseOtherIds, refuseVague } from "../../../cli/letters/filters.ts";
import { table, wrappedTable } from "../../../cli/print.ts";
import { portOf, stateDirOf, variableOf } from "../../../cli/settings.ts";
import { loadKeys } from "../../../cli/stack/keys.ts";
import { releaseLock, writeLock } from "../../../cli/stack/lock.ts";
import { askedFor, completionsOf, nothingFor } from "../../../shared/contracts/asked.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "countersign-test-"));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

describe("where a client finds the stack", () => {
  const server = createServer();
  let url = "";
  beforeAll(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());
  const runHere = () => writeLock(stateDir, { children: [], ingestUrl: url, consoleUrl: url });

  it("is the one that runs on STATE_DIR, with the keys that are kept there", () => {
    const { keys } = loadKeys(stateDir, {});
    runHere();
    expect(ingestTarget({ STATE_DIR: stateDir })).toEqual({ url, key: keys.INGEST_KEY });
    expect(consoleTarget({ STATE_DIR: stateDir })).toEqual({ url, key: keys.CONSOLE_TOKEN });
  });

  it("is the environment's before that", () => {
    runHere();
    const env = { STATE_DIR: stateDir, COUNTERSIGN_URL: "https://a.example/", INGEST_KEY: "k" };
    expect(ingestTarget(env)).toEqual({ url: "https://a.example", key: "k" });
  });

  it("is said to be missing when nothing runs, with what to do", () => {
    expect(() => ingestTarget({ STATE_DIR: stateDir })).toThrow(/nothing is running on .*npm start/);
    releaseLock(stateDir);
  });

  it("is never this machine's console when events go elsewhere", () => {
    runHere();
    const env = { STATE_DIR: stateDir, COUNTERSIGN_URL: "https://a.example", CONSOLE_TOKEN: "c" };
    expect(() => consoleTarget(env)).toThrow("set COUNTERSIGN_CONSOLE_URL as well");
  });

  it("sends a key from the environment only to an address from the environment", () => {
    loadKeys(stateDir, {});
    runHere();
    const env = { STATE_DIR: stateDir, INGEST_KEY: "of production", CONSOLE_TOKEN: "of production" };
    expect(() => ingestTarget(env)).toThrow(`INGEST_KEY is set and COUNTERSIGN_URL is not`);
    expect(() => ingestTarget(env)).toThrow(`Set COUNTERSIGN_URL=${url} as well, or unset INGEST_KEY`);
    expect(() => consoleTarget(env)).toThrow(`CONSOLE_TOKEN is set and COUNTERSIGN_CONSOLE_URL is not`);
  });

  it("takes a key from the environment that is the stored one", () => {
    const { keys } = loadKeys(stateDir, {});
    runHere();
    expect(ingestTarget({ STATE_DIR: stateDir, INGEST_KEY: keys.INGEST_KEY }).key).toBe(keys.INGEST_KEY);
  });

  it("never sends a stored key to an address from the environment", () => {
    loadKeys(stateDir, {});
    runHere();
    const env = { STATE_DIR: stateDir, COUNTERSIGN_URL: "https://a.example" };
    expect(() => ingestTarget(env)).toThrow(/no INGEST_KEY.*only to the stack that runs there/);
  });

  it.each(["http://a.example", "https://me:secret@a.example", "ftp://a.example", "a.example"])(
    "is never %s, where others could read the key",
    (address) => {
      const env = { STATE_DIR: stateDir, COUNTERSIGN_URL: address, INGEST_KEY: "k" };
      expect(() => ingestTarget(env)).toThrow(/^COUNTERSIGN_URL must be/);
    },
  );

  it("follows no redirect, which would take the key elsewhere", async () => {
    const asked: string[] = [];
    const elsewhere = createServer((request, response) => {
      asked.push(request.headers.authorization ?? "");
      response.end("{}");
    });
    await once(elsewhere.listen(0, "127.0.0.1"), "listening");
    const there = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    const door = createServer((_request, response) => response.writeHead(307, { location: there }).end());
    await once(door.listen(0, "127.0.0.1"), "listening");
    const target = { url: `http://127.0.0.1:${(door.address() as AddressInfo).port}`, key: "k" };
    await expect(callConsole(target, "GET /api/totals", {})).rejects.toThrow(/307: it redirects to .*not followed/);
    expect(asked).toEqual([]);
    for (const one of [elsewhere, door]) one.closeAllConnections();
    for (const one of [elsewhere, door]) one.close();
  });
});

describe("what a door refuses", () => {
  async function refusing(status: number, detail: string): Promise<string> {
    const door = createServer((_request, response) =>
      response.writeHead(status).end(JSON.stringify({ title: "Of HTTP", status, detail })),
    );
    await once(door.listen(0, "127.0.0.1"), "listening");
    const target = { url: `http://127.0.0.1:${(door.address() as AddressInfo).port}`, key: "k" };
    const said = await callConsole(target, "GET /api/holds", {}).catch(String);
    door.closeAllConnections();
    door.close();
    return String(said).replace(target.url, "URL");
  }

  it("is told in the console's words alone where the person asked for something wrong", async () => {
    expect(await refusing(400, "Correct the request and send it again. queue: one of events or refund")).toBe(
      "Error: queue: one of events or refund",
    );
    expect(await refusing(404, "There is no case with this id.")).toBe("Error: There is no case with this id.");
  });

  it("is told with its status where something else is the matter", async () => {
    expect(await refusing(401, "Send a console token.")).toContain("401 Of HTTP: Send a console token.");
  });

  it("says that the address may be wrong where another door answers", async () => {
    expect(await refusing(404, "There is no such route. The README lists them.")).toBe(
      "Error: URL does not answer as a console does: is COUNTERSIGN_CONSOLE_URL right?",
    );
  });
});

it("a case is not looked for under the id of something else, which trace takes", async () => {
  const shown = showCase("act_1", { STATE_DIR: stateDir }, {});
  await expect(shown).rejects.toMatchObject({
    message: expect.stringMatching(/^act_1 is not the id of a case: /),
    hint: ["what is known of it: npx countersign trace act_1"],
  });
  await expect(showCase(`case_${"0".repeat(32)}`, { STATE_DIR: stateDir }, {})).rejects.toThrow("nothing is running");
});

describe("acting on dead letters", () => {
  it("says that nothing can lie between a beginning and an end before it", () => {
    expect(() => refuseVague([], { since: 2, until: 1 })).toThrow("--since is not before --until");
    expect(() => refuseVague([], { since: 1, until: 2 })).not.toThrow();
  });

  it("names the id that is none of theirs", () => {
    expect(() => refuseOtherIds([`dl_${"0".repeat(32)}`, "pi_1"])).toThrow(/^pi_1 is not the id of a dead letter/);
    expect(() => refuseOtherIds([`dl_${"0".repeat(32)}`])).not.toThrow();
  });

  it("needs ids, a filter or --all, and not two of them", () => {
    expect(() => refuseVague([], {})).toThrow("--all");
    expect(() => refuseVague(["dl_1"], { all: true })).toThrow("not both");
    expect(() => refuseVague(["dl_1"], { queue: "refund" })).toThrow("not both");
    for (const [ids, options] of [
      [["dl_1"], {}],
      [[], { all: true }],
      [[], { since: 0 }],
    ] as const) {
      expect(() => refuseVague(ids, options)).not.toThrow();
    }
  });
});

describe("small things", () => {
  it("completes the id of an event, as people copy it, for each source", () => {
    expect(completionsOf("evt_1Abc")).toContain("stripe:evt_1Abc");
    expect(completionsOf("w7")).toEqual(expect.arrayContaining(["api:w7", "standard:w7", "adyen:w7"]));
    expect(completionsOf("stripe:evt_1")).not.toContain("stripe:evt_1");
  });

  it.each([
    ["outside%3Afd51", "outside:fd51"],
    ["/v1/events/api%3Aa%20b", "api:a b"],
    ["https://pay.example/v1/events/api%3Aw7", "api:w7"],
    ["my%3Aown", "my%3Aown"],
    ["api%3A%E0%A4", "api%3A%E0%A4"],
  ])("takes an id as an answer's header carries it: %s", (text, id) => {
    expect(askedFor(text)).toEqual({ kind: "other", id });
  });

  it("knows by its form what a person asks about", () => {
    const hex = "0123456789abcdef0123456789abcdef";
    expect(askedFor(` act_${hex} `)).toEqual({ kind: "action", id: `act_${hex}` });
    expect(askedFor(`case_${hex}`)).toEqual({ kind: "case", id: `case_${hex}`, action: `act_${hex}` });
    expect(askedFor(`wait_${hex}`)).toMatchObject({ kind: "notice", action: `act_${hex}` });
    expect(askedFor(`dl_${hex}`)).toMatchObject({ kind: "letter" });
    for (const id of ["act_7", "evt_1", "api:w7", "pi_1", "INV-1042", `x:act_${hex}`])
      expect(askedFor(id), id).toEqual({ kind: "other", id });
  });

  it.each(["act_ba7622dc3a20", "case_2ae2dbaadcf0…", "dl_"])("says of %s that it is not a whole id", (id) => {
    expect(nothingFor(id, 0)).toMatch(/^This is not a whole id: .*Copy all of it\.$/);
    expect(nothingFor("acts", 0)).toMatch(/^Nothing is known under "acts"\./);
  });

  it("leaves absent filters out of a query, and escapes the others", () => {
    expect(withQuery("/p", { a: undefined, b: 0, c: "x y&z" })).toBe("/p?b=0&c=x+y%26z");
    expect(withQuery("/p", { a: undefined })).toBe("/p");
  });

  it("refuses a port that is none", () => {
    expect(portOf({ PORT: "" }, "PORT", 8787)).toBe(8787);
    expect(portOf({ PORT: "0" }, "PORT", 8787)).toBe(0);
    for (const port of ["65536", "-1", "80a", "1e3"])
      expect(() => portOf({ PORT: port }, "PORT", 1)).toThrow("PORT must be");
  });

  it("refuses what a Worker would not start with, before anything is started", () => {
    expect(variableOf({}, "RETENTION_DAYS", 550)).toBe("550");
    expect(variableOf({ PATIENCE_SCALE: "0.002" }, "PATIENCE_SCALE", 1)).toBe("0.002");
    for (const days of ["0", "0.5", "1e9", "-1", "soon"])
      expect(() => variableOf({ RETENTION_DAYS: days }, "RETENTION_DAYS", 550)).toThrow("RETENTION_DAYS must be");
    for (const name of ["SWEEP_MS", "PATIENCE_SCALE"])
      expect(() => variableOf({ [name]: "0" }, name, 1)).toThrow(`${name} must be a number above 0`);
  });

  it("keeps the state in .countersign unless told", () => {
    expect(stateDirOf({})).toMatch(/\.countersign$/);
    expect(stateDirOf({ STATE_DIR: "/x" })).toBe("/x");
  });

  it("says that a STATE_DIR is a file", () => {
    const file = join(stateDir, "a-file");
    writeFileSync(file, "");
    expect(() => stateDirOf({ STATE_DIR: file })).toThrow(`STATE_DIR is ${file}, which is a file: name a folder`);
    expect(stateDirOf({ STATE_DIR: join(stateDir, "none-yet") })).toBe(join(stateDir, "none-yet"));
  });

  it("lets a last cell that must be read whole go on below itself", () => {
    const row = ["a", "Claude decides: held_authorization"];
    expect(wrappedTable([["T", "LEADS TO"], row], 25)).toEqual([
      "T  LEADS TO",
      "a  Claude decides:",
      "   held_authorization",
    ]);
  });

  it("makes columns as wide as their widest cell", () => {
    expect(
      table([
        ["a", "b"],
        ["ccc", "d"],
      ]),
    ).toEqual(["a    b", "ccc  d"]);
  });
});
