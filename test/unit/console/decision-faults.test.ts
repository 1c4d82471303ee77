/** D1, the ledger or the audit goes away at each single call of a decision; the same request again, and everything is there once. */
import { describe, expect, it } from "vitest";
import type { Database, Statement } from "../../../shared/records/database.ts";
import { type Floor, openFloor } from "../../helpers/console-floor.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";

type When = "before" | "after";
/** Of what is called, call number `at` fails: as if it never arrived, or as if its answer was lost. */
function breaking(at: number, when: When) {
  let calls = 0;
  return {
    calls: () => calls,
    async run<T>(call: () => Promise<T>): Promise<T> {
      const isThis = calls++ === at;
      if (isThis && when === "before") throw new Error("it is away");
      const answer = await call();
      if (isThis) throw new Error("its answer was lost");
      return answer;
    },
  };
}
type Breaking = ReturnType<typeof breaking>;

function brokenDatabase(database: Database, { run }: Breaking): Database {
  const wrap = (inner: Statement): Statement => ({
    bind: (...values) => wrap(inner.bind(...values)),
    all: <Row>() => run(() => inner.all<Row>()),
    first: <Row>() => run(() => inner.first<Row>()),
    run: () => run(() => inner.run()),
  });
  return { prepare: (sql) => wrap(database.prepare(sql)) };
}
/** Each of its methods is a call. */
const broken = <Calls extends object>(inner: Calls, { run }: Breaking): Calls =>
  Object.fromEntries(
    Object.entries(inner).map(([name, method]) => [
      name,
      typeof method === "function" ? (...args: unknown[]) => run(async () => await method(...args)) : method,
    ]),
  ) as Calls;

const PLACES = {
  D1: (floor: Floor, fault: Breaking) => {
    floor.consoleDeps.records = brokenDatabase(floor.database, fault);
  },
  "the ledger": (floor: Floor, fault: Breaking) => {
    floor.consoleDeps.ledger = broken(floor.ledger, fault);
  },
  "the audit": (floor: Floor, fault: Breaking) => {
    floor.consoleDeps.audit = broken(floor.audit, fault);
  },
  "the gate": (floor: Floor, fault: Breaking) => {
    floor.consoleDeps.gate = broken(floor.gate, fault);
  },
} as const;
type Place = keyof typeof PLACES;

async function open() {
  const floor = await openFloor([paymentOf({ customer: "cus_1" })]);
  floor.memory.addRefund("pi_1", { id: "re_hand", createdAt: floor.clock.now - 60_000 });
  floor.memory.change("pi_1", { refundedMinor: 4_250 });
  const { token } = await floor.add("Ann", ["approver", "reviewer"]);
  const { id, ref } = await floor.opens("Refund 42.50 USD, charged twice.", { customer: "cus_1" });
  return { ...floor, token, id, ref, seen: await floor.shown(id, token) };
}

const DECISIONS = {
  approve: { body: { overrides: ["duplicate"] }, act: "case.approve", state: "case_open", inD1: "approved", events: 1 },
  deny: {
    body: { code: "not_meant", reason: "see the mail" },
    act: "case.deny",
    state: "denied",
    inD1: "denied",
    events: 0,
  },
  close: { body: { code: "noted" }, act: "case.close", state: "case_closed", inD1: "closed", events: 0 },
} as const;
type Name = keyof typeof DECISIONS;

/** How many calls of this place one whole decision makes. */
async function callsOf(name: Name, place: Place): Promise<number> {
  const desk = await open();
  const fault = breaking(-1, "before");
  PLACES[place](desk, fault);
  const { status } = await decide(desk, name);
  expect(status).toBe(200);
  return fault.calls();
}

const decide = ({ call, id, token, seen }: Awaited<ReturnType<typeof open>>, name: Name) =>
  call(`/api/cases/${id}/${name}`, { token, key: "once", body: { ...seen, ...DECISIONS[name].body } });

const each = (Object.keys(DECISIONS) as Name[]).flatMap((name) =>
  (Object.keys(PLACES) as Place[]).flatMap((place) =>
    (["before", "after"] as const).map((when) => [name, place, when] as const),
  ),
);

describe("a decision that is cut short", () => {
  it.each(each)(
    "(%s, at each call of %s, %s it) is continued by the same request, and is there once",
    async (name, place, when) => {
      const calls = await callsOf(name, place);
      for (let at = 0; at < calls; at++) {
        const desk = await open();
        PLACES[place](desk, breaking(at, when));
        const cut = await decide(desk, name);
        const where = `call ${at} of ${calls}`;
        expect([200, 503], where).toContain(cut.status);
        desk.consoleDeps.records = desk.database;
        Object.assign(desk.consoleDeps, { ledger: desk.ledger, audit: desk.audit, gate: desk.gate });

        const again = await decide(desk, name);
        expect([again.status, again.json.detail], where).toEqual([200, undefined]);
        if (cut.status === 200) expect(again.json, where).toEqual(cut.json);
        const { act, state, inD1, events } = DECISIONS[name];
        expect(await desk.actsOf(desk.id), where).toEqual({ acts: [act], audited: [act] });
        const [view] = await desk.ledger.actions([desk.ref]);
        expect(view?.state, where).toBe(state);
        const row = desk.sqlite.prepare("SELECT acts, state, decidedBy FROM cases WHERE id = ?").get(desk.id);
        expect(row, where).toMatchObject({
          acts: 1,
          state: inD1,
        });
        const history = view?.history.filter(({ what }) => ["approved", "denied", "closed"].includes(what)) ?? [];
        expect(history, where).toHaveLength(1);
        const copies = desk.sqlite.prepare("SELECT count(*) AS n FROM audit WHERE about = ?").get(desk.id);
        expect(copies, where).toEqual({ n: 1 });
        expect((await desk.ledger.totals()).conflicts, where).toBe(0);
        const approval = again.json.event;
        expect(typeof approval === "string" ? 1 : 0, where).toBe(events);
        if (typeof approval === "string") {
          await desk.ring(approval);
          await desk.pass(3_600_000);
          expect(desk.sent(), where).toHaveLength(1);
        }
      }
      expect(calls).toBeGreaterThan(0);
    },
  );
});
