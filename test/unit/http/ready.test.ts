import { describe, expect, it } from "vitest";
import type { Heard } from "../../../shared/contracts/heard.ts";
import { createReadiness, READY_PATIENCE_MS, REPEATED_MS, type ReadyDeps } from "../../../shared/http/ready.ts";
import { createConsole } from "../../../workers/console/app.ts";
import { createLocalAudit } from "../../helpers/audit.ts";
import { createRecords } from "../../helpers/d1.ts";
import { createLocalGate } from "../../helpers/gate.ts";
import { openDoor } from "../../helpers/ingest-door.ts";
import { createLocalLedger } from "../../helpers/ledger.ts";

const T0 = Date.parse("2026-11-28T05:00:00Z");
const never = new Promise<never>(() => {});
const HEARD: Heard[] = [
  { party: "claude", state: "failing", since: T0 - 90_000, last: { what: "claude_unauthorized", at: T0 - 30_000 } },
  { party: "stripe", state: "ok", since: T0 - 3_600_000, last: { what: "answered", at: T0 - 600_000 } },
];

function open(changes: { ledger?: () => Promise<null>; heard?: () => Promise<Heard[]>; spoilt?: string } = {}) {
  const clock = { now: T0 };
  const slept: number[] = [];
  let asked = 0;
  const deps: ReadyDeps = {
    ledger: {
      eventView: async () => {
        asked++;
        return await (changes.ledger ?? (async () => null))();
      },
    },
    gate: { heard: changes.heard ?? (async () => HEARD), spoilt: async () => changes.spoilt ?? null },
  };
  const readiness = createReadiness({
    parties: ["claude", "stripe", "records"],
    now: () => clock.now,
    // Only who never answers is waited for.
    sleep: async (ms) => {
      slept.push(ms);
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
  });
  const ask = async (details = false) => {
    const response = await readiness(deps, details);
    const text = await response.text();
    return { status: response.status, cache: response.headers.get("cache-control"), text, body: JSON.parse(text) };
  };
  return { ask, clock, slept, asked: () => asked };
}

describe("whether events are taken", () => {
  it("is yes where the policy in force was altered, and it is named: nothing is decided or sent meanwhile", async () => {
    const { ask } = open({ spoilt: "policy 12 is not what its hash says" });
    const { status, body } = await ask(true);
    expect([status, body.degraded, body.policy.state]).toEqual([200, ["policy", "claude"], "failing"]);
    expect(body.policy.last.what).toBe("policy 12 is not what its hash says");
  });

  it("is yes while the ledger answers, whatever Claude last said; who fails is named", async () => {
    const { status, body, cache } = await open().ask();
    expect([status, cache]).toEqual([200, "no-store"]);
    expect(body).toEqual({
      ready: true,
      degraded: ["claude"],
      ledger: { state: "ok", last: { at: "2026-11-28T05:00:00.000Z", ageSeconds: 0 } },
      gate: { state: "ok", last: { at: "2026-11-28T05:00:00.000Z", ageSeconds: 0 } },
      policy: { state: "ok", last: { at: "2026-11-28T05:00:00.000Z", ageSeconds: 0 } },
      claude: {
        state: "failing",
        since: "2026-11-28T04:58:30.000Z",
        last: { at: "2026-11-28T04:59:30.000Z", ageSeconds: 30 },
      },
      stripe: {
        state: "ok",
        since: "2026-11-28T04:00:00.000Z",
        last: { at: "2026-11-28T04:50:00.000Z", ageSeconds: 600 },
      },
      records: { state: "unknown", since: null, last: null },
    });
  });

  it("tells what was said only to who has authenticated", async () => {
    expect((await open().ask(false)).text).not.toMatch(/claude_|answered/);
    expect((await open().ask(true)).body.claude.last.what).toBe("claude_unauthorized");
  });

  it("is one question for a hundred who ask at once, for the first and for each time after it", async () => {
    const { ask, clock, asked } = open({ ledger: () => new Promise((resolve) => setTimeout(resolve, 5, null)) });
    for (const questions of [1, 2]) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => ask()));
      expect([asked(), new Set(answers.map(({ status }) => status))]).toEqual([questions, new Set([200])]);
      clock.now += 60_000;
    }
  });

  it("is asked anew where the one who asked never hears", async () => {
    const { ask, asked } = open({ ledger: () => never });
    void ask();
    expect((await ask()).status).toBe(503);
    expect(asked()).toBeLessThanOrEqual(2);
  });

  it("is no where the ledger fails, without its words", async () => {
    const { status, body, text } = await open({ ledger: () => Promise.reject(new Error("shard 3: secret")) }).ask(true);
    expect([status, body.ready, body.ledger.state]).toEqual([503, false, "failing"]);
    expect(text).not.toContain("secret");
  });

  it("is no where the ledger does not answer in two seconds", async () => {
    const { ask, slept } = open({ ledger: () => never });
    const { status, body } = await ask(true);
    expect([status, body.ledger.last.what]).toEqual([503, "no answer in 2 seconds"]);
    expect(new Set(slept)).toEqual(new Set([READY_PATIENCE_MS]));
  });

  it("is yes where only the gate does not answer; then nothing is known of the others", async () => {
    const { status, body } = await open({ heard: () => never }).ask();
    expect([status, body.degraded, body.claude.state]).toEqual([200, ["gate"], "unknown"]);
  });

  it("is asked of the ledger once a second, however often anybody asks", async () => {
    const { ask, clock, asked } = open();
    for (let n = 0; n < 50; n++) await ask();
    expect(asked()).toBe(1);
    clock.now += REPEATED_MS;
    await ask();
    expect(asked()).toBe(2);
  });
});

describe("the doors", () => {
  it("of ingest answers /readyz to anybody, 503 while the ledger is away; /healthz stays simple", async () => {
    const door = openDoor();
    const { status, headers } = await door.get("/readyz", null);
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    const away = openDoor();
    away.memory.failFor(() => true);
    const response = await away.get("/readyz", null);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ ready: false, claude: { state: "unknown" } });
    expect(await (await away.get("/healthz", null)).json()).toEqual({ status: "ok" });
    expect((await door.post("/readyz", "")).status).toBe(405);
  });

  it("of the console tells states to anybody, and the last words behind its token", async () => {
    const local = createLocalLedger();
    const gate = createLocalGate(local.clock);
    await gate.hear([{ party: "records", what: "records_unavailable", at: local.clock.now }]);
    const answer = createConsole({ tokens: ["a-token"], mode: "test", log: () => {}, now: () => local.clock.now });
    const get = (path: string, token: string) =>
      answer(new Request(`http://console${path}`, { headers: { authorization: `Bearer ${token}` } }), {
        ledger: local.ledger,
        gate,
        records: createRecords().database,
        audit: createLocalAudit(),
        send: async () => {},
      });
    const open = await (await get("/readyz", "")).text();
    expect(JSON.parse(open)).toMatchObject({ ready: true, degraded: ["records"], records: { state: "failing" } });
    expect(open).not.toContain("records_unavailable");
    expect((await get("/api/readyz", "another")).status).toBe(401);
    expect(await (await get("/api/readyz", "a-token")).json()).toMatchObject({
      records: { last: { what: "records_unavailable" } },
    });
  });
});
