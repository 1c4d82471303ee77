/** Decisions that meet: in two isolates of the console, with a publication, and with the executor. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Person } from "../../../shared/contracts/people.ts";
import { shardOf } from "../../../shared/core/ids.ts";
import { type Answered, type Floor, openFloor } from "../../helpers/console-floor.ts";
import type { editedDocument } from "../../helpers/gate.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { policyWith } from "../../helpers/policy.ts";

type Name = "approve" | "deny" | "close";
const BODIES = {
  approve: { overrides: ["duplicate"] },
  deny: { code: "not_meant" },
  close: { code: "noted" },
} as const;

let floor: Floor;
let tokens: { ann: string; ben: string };
let id: string;
let ref: { id: string; subject: string };
let seen: { round: number; proposal: string };
const LARGE = 200_000;

async function open(capturedMinor = 10_000, text = "Refund 42.50 USD, charged twice.", other = "pi_2") {
  floor = await openFloor([
    paymentOf({ customer: "cus_1", capturedMinor, amountMinor: capturedMinor }),
    paymentOf({
      payment: other,
      charge: "ch_2",
      invoice: null,
      customer: "cus_1",
      capturedMinor,
      amountMinor: capturedMinor,
    }),
  ]);
  floor.memory.addRefund("pi_1", { id: "re_hand", createdAt: floor.clock.now - 60_000 });
  floor.memory.change("pi_1", { refundedMinor: 4_250 });
  const roles = ["approver", "reviewer"] as const satisfies Person["roles"];
  tokens = { ann: (await floor.add("Ann", roles)).token, ben: (await floor.add("Ben", roles)).token };
  ({ id, ref } = await floor.opens(text, { customer: "cus_1" }));
  seen = await floor.shown(id, tokens.ann);
}
beforeEach(() => open());

const decide = (name: Name, token: string, key: string, isolate: 0 | 1 = 0, body: object = {}): Promise<Answered> =>
  floor.call(`/api/cases/${id}/${name}`, { token, key, isolate, body: { ...seen, ...BODIES[name], ...body } });

/** Lets others go on so many times before each call of the ledger. */
function slow(times: number): void {
  const { ledger } = floor;
  const slowed = Object.entries(ledger).map(([name, call]) => [
    name,
    async (...args: unknown[]) => {
      for (let n = 0; n < times; n++) await Promise.resolve();
      return await (call as (...args: unknown[]) => unknown)(...args);
    },
  ]);
  floor.consoleDeps.ledger = Object.fromEntries(slowed) as typeof ledger;
}

describe("two consoles that decide at once", () => {
  const pairs = (Object.keys(BODIES) as Name[]).flatMap((one) =>
    (Object.keys(BODIES) as Name[]).map((other) => [one, other] as const),
  );
  it.each(pairs)(
    "(%s and %s) take the first; the second hears what stands, and the books have one decision",
    async (one, other) => {
      for (const times of [0, 1, 3, 7]) {
        await open();
        slow(times);
        const answers = await Promise.all([decide(one, tokens.ann, "ann", 0), decide(other, tokens.ben, "ben", 1)]);
        const isOne = (answer: Answered) => answer.status === 200;
        expect(answers.filter(isOne)).toHaveLength(1);
        const [lost] = answers.filter((answer) => !isOne(answer));
        expect([lost?.status, lost?.json.detail]).toEqual([409, expect.stringMatching(/by (Ann|Ben)/)]);
        const name = isOne(answers[0]) ? one : other;
        expect(await floor.actsOf(id)).toEqual({ acts: [`case.${name}`], audited: [`case.${name}`] });
        const [view] = await floor.ledger.actions([ref]);
        expect(view?.state).toBe({ approve: "case_open", deny: "denied", close: "case_closed" }[name]);
        await floor.pass(3_600_000);
        expect(floor.sent()).toHaveLength(name === "approve" ? 1 : 0);
      }
    },
  );

  it.each(Object.keys(BODIES) as Name[])("(%s, by a double click) answer the same, and do it once", async (name) => {
    for (const times of [0, 1, 3, 7]) {
      await open();
      slow(times);
      const [one, other] = await Promise.all([decide(name, tokens.ann, "k", 0), decide(name, tokens.ann, "k", 1)]);
      expect([one.status, other.json]).toEqual([200, one.json]);
      expect(await floor.actsOf(id)).toEqual({ acts: [`case.${name}`], audited: [`case.${name}`] });
      await floor.pass(3_600_000);
      expect(floor.sent()).toHaveLength(name === "approve" ? 1 : 0);
    }
  });

  it("take both yeses where two are wanted: one is half, one is whole, and one event carries them", async () => {
    for (const times of [0, 1, 3]) {
      await open(LARGE, "Refund 1500 USD, charged twice.");
      slow(times);
      const body = { overrides: ["duplicate", "four_eyes", "confidence"] };
      const answers = await Promise.all([
        decide("approve", tokens.ann, "ann", 0, body),
        decide("approve", tokens.ben, "ben", 1, body),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(answers.map(({ json }) => json.kind).sort()).toEqual(["approved", "half"]);
      expect((await floor.actsOf(id)).acts).toEqual(["case.approve", "case.approve"]);
    }
  });
});

describe("a publication while somebody decides", () => {
  /** What happens between the gate's answer and the row. */
  function between(happens: () => Promise<void>): void {
    const { ledger } = floor;
    floor.consoleDeps.ledger = {
      ...ledger,
      decideCase: async (...args) => {
        await happens();
        return await ledger.decideCase(...args);
      },
    };
  }

  it("that wants two people sends the one yes back: nothing is executed by fewer than policy wants then", async () => {
    const narrowed = (document: Parameters<Parameters<typeof editedDocument>[0]>[0]) => {
      document.approvals.fourEyesAboveUsdCents = 1;
    };
    between(async () => floor.usePolicy(await policyWith(narrowed)));
    const { status, json } = await decide("approve", tokens.ann, "k");
    expect([status, json.kind]).toEqual([200, "approved"]);
    await floor.pass(3_600_000);
    expect(floor.sent()).toEqual([]);
    const [view] = await floor.ledger.actions([ref]);
    expect(view).toMatchObject({ caseRound: 2, caseAbout: { rule: "four_eyes" } });
  });

  it("that lets nobody override it any more sends the yes back as well", async () => {
    const none = await policyWith((document) => {
      document.approvals.mayOverride = [];
    });
    between(async () => floor.usePolicy(none));
    expect((await decide("approve", tokens.ann, "k")).status).toBe(200);
    await floor.pass(3_600_000);
    expect(floor.sent()).toEqual([]);
  });

  it("does not undo a no whose reason it takes away: it stands, and says so", async () => {
    between(async () =>
      floor.usePolicy(
        await policyWith((document) => {
          document.cases.denyReasons = { other: "another one" };
        }),
      ),
    );
    expect(await decide("deny", tokens.ann, "k")).toMatchObject({ status: 200, json: { code: "not_meant" } });
    expect((await floor.actsOf(id)).acts).toEqual(["case.deny"]);
  });
});

describe("another target, and the executor of the old row, at once", () => {
  it("execute one of the two, whoever comes first", async () => {
    for (const order of ["begin first", "approval first", "both"] as const) {
      await open();
      const body = {
        change: { payment: "pi_2", amountMinor: 4_250, currency: "usd" },
        overrides: ["duplicate", "confidence"],
      };
      const { json } = await decide("approve", tokens.ann, "k", 0, body);
      const begin = async () => (await floor.ledger.begin([ref]))[0]?.kind;
      const ring = async () => void (await floor.ring(String(json.event)));
      const begun = order === "begin first" ? await begin() : null;
      const [late] = order === "both" ? await Promise.all([begin(), ring()]) : [await ring().then(begin)];
      expect([begun, late], order).not.toContain("granted");
      await floor.pass(3_600_000);
      expect(
        floor.sent().map(({ what }) => what),
        order,
      ).toEqual(["refund"]);
      const [old] = await floor.ledger.actions([ref]);
      if (old !== null && old !== undefined) expect(old.state, order).toBe("superseded");
    }
  });

  it.each([true, false])(
    "answer the same request again with how it stands: executed on a target of the same shard (%s), and once",
    async (isSame) => {
      const ids = Array.from({ length: 50 }, (_, n) => `pi_other${n}`);
      const other = ids.find((one) => (shardOf(one, 3) === shardOf("pi_1", 3)) === isSame) ?? "";
      await open(10_000, "Refund 42.50 USD, charged twice.", other);
      const change = { payment: other, amountMinor: 4_250, currency: "usd" };
      const send = () => decide("approve", tokens.ann, "k", 0, { change, overrides: ["duplicate", "confidence"] });
      const first = await send();
      await floor.pass(3_600_000);
      expect(floor.sent()).toHaveLength(1);
      const again = await send();
      // In one shard the row of before is gone, and with it what was answered.
      if (isSame)
        expect(again).toMatchObject({ status: 409, json: { detail: expect.stringContaining("is succeeded") } });
      else expect(again).toEqual(first);
      expect((await floor.actsOf(id)).acts).toEqual(["case.approve"]);
      await floor.pass(3_600_000);
      expect([floor.sent().length, floor.alarms]).toEqual([1, []]);
    },
  );

  it("are not both sent where the old row was sent already: the second approval is refused by the row", async () => {
    await decide("approve", tokens.ann, "k");
    await floor.pass(3_600_000);
    expect(floor.sent()).toHaveLength(1);
    const late = await decide("approve", tokens.ben, "late", 1, {
      change: { payment: "pi_2", amountMinor: 4_250, currency: "usd" },
    });
    expect(late.status).toBe(409);
    await floor.pass(3_600_000);
    expect(floor.sent()).toHaveLength(1);
  });
});
