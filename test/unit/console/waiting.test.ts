import { beforeEach, describe, expect, it } from "vitest";
import type { WaitingAnswer } from "../../../shared/contracts/waiting.ts";
import { HOUR_MS } from "../../../shared/core/time.ts";
import { openCase } from "../../../shared/records/cases.ts";
import type { Database } from "../../../shared/records/database.ts";
import { createConsole } from "../../../workers/console/app.ts";
import { createLocalAudit } from "../../helpers/audit.ts";
import { createRecords, failing } from "../../helpers/d1.ts";
import { createLocalGate } from "../../helpers/gate.ts";
import { createLocalLedger, newAction, refundAction } from "../../helpers/ledger.ts";

const TOKEN = "console-token-of-this-test";
let local = createLocalLedger();
let { database } = createRecords();
beforeEach(() => {
  local = createLocalLedger();
  ({ database } = createRecords());
});

async function get<T>(path: string, { records = database, token = TOKEN } = {}): Promise<{ status: number; json: T }> {
  const answer = createConsole({ tokens: [TOKEN], mode: "test", log: () => {}, now: () => local.clock.now });
  const deps = {
    ledger: local.ledger,
    gate: createLocalGate(local.clock),
    records,
    audit: createLocalAudit(),
    send: async () => {},
  };
  const request = new Request(`http://console${path}`, { headers: { authorization: `Bearer ${token}` } });
  const response = await answer(request, deps);
  return { status: response.status, json: (await response.json()) as T };
}
const scheduled = (n: number) => newAction(refundAction(n), { notBefore: local.clock.now + n * HOUR_MS });

describe("GET /api/waiting", () => {
  it("has what waits, earliest due first, and goes on with its cursor", async () => {
    await local.ledger.putActions([3, 1, 2, 5, 4].map(scheduled));
    const subjects: string[] = [];
    let cursor = "";
    for (let page = 0; page < 3; page++) {
      const { json } = await get<WaitingAnswer>(`/api/waiting?limit=2${cursor}`);
      subjects.push(...json.items.map(({ subject }) => subject));
      expect(json.counts?.waitsFor).toEqual(page === 0 ? { schedule: 5 } : undefined);
      cursor = `&cursor=${json.next}`;
    }
    expect(subjects).toEqual(["pi_1", "pi_2", "pi_3", "pi_4", "pi_5"]);
  });

  it("refuses an unknown queue, a cursor that is none and a mistyped filter, and shows nothing without the token", async () => {
    for (const query of ["queue=refunds", "cursor=x", "queu=refund"])
      expect((await get(`/api/waiting?${query}`)).status, query).toBe(400);
    const { json } = await get<{ detail: string }>("/api/waiting?queue=refunds");
    expect(json.detail).toContain("queue: one of events, events-batch,");
    expect((await get("/api/waiting", { token: "another" })).status).toBe(401);
  });
});

describe("GET /api/totals", () => {
  const openCases = async (records?: Database) =>
    (await get<{ accepted: number; openCases: unknown }>("/api/totals", records === undefined ? {} : { records })).json;

  it("has the money of open cases in minor units with its currency", async () => {
    await openCase(database, {
      ...{ id: "case_1", actionId: "act_1", subject: "pi_1", eventId: "e", kind: "refund", amountMinor: 500 },
      ...{
        currency: "jpy",
        reason: "why",
        summary: "",
        version: 1,
        openedAt: 1,
        status: null,
        dueAt: null,
        isInformation: 0,
      },
    });
    expect(await openCases()).toMatchObject({
      openCases: { toDecide: [{ currency: "jpy", count: 1, amountMinor: 500 }], information: [] },
    });
  });

  it("has the rest while D1 is away, and says that the cases are not known", async () => {
    expect(await openCases(failing(database, () => true, "before"))).toMatchObject({ accepted: 0, openCases: null });
  });
});
