/** The doors over the real ledger, with several shards: one id, a provider's signature and an ingest key. */
import { describe, expect, it } from "vitest";
import type { Receipt } from "../../../shared/contracts/http.ts";
import type { AcceptItem, Ledger } from "../../../shared/contracts/ledger.ts";
import { openDoor } from "../../helpers/ingest-door.ts";
import { createLocalLedger } from "../../helpers/ledger.ts";

const ID = "stripe:evt_1";
const SIGNED = "stripe:evt_1:signed";
const REPORT = "conflict:stripe:evt_1";

const intent = (amount: number, more: Record<string, unknown> = {}) => ({
  id: "evt_1",
  object: "event",
  type: "payment_intent.payment_failed",
  created: 1_790_000_000,
  livemode: false,
  data: { object: { id: "pi_1", object: "payment_intent", amount, currency: "usd", ...more } },
});

type Way = (of: object) => Promise<Receipt>;

/** `broken`: the nth call of accept, counted from 1, does not answer, and its shard stored nothing. */
function open() {
  const local = createLocalLedger(5);
  const accepted: AcceptItem[][] = [];
  let failing: (items: readonly AcceptItem[]) => boolean = () => false;
  const ledger: Ledger = {
    ...local.ledger,
    accept: async (items) => {
      if (failing(items)) throw new Error("the Worker has died");
      accepted.push([...items]);
      return await local.ledger.accept(items);
    },
  };
  const door = openDoor({ ledger, shards: 5 });
  const receiptOf = async (answer: Promise<Response>): Promise<Receipt> => (await (await answer).json()) as Receipt;
  const signed: Way = (of) => receiptOf(door.postStripe(JSON.stringify(of)));
  const keyed: Way = (of) => receiptOf(door.postJson("/v1/events", of));
  const inFile: Way = (of) => receiptOf(door.postLines(`${JSON.stringify(of)}\n`));
  return {
    ...local,
    door,
    signed,
    keyed,
    inFile,
    accepted,
    failWhere: (where: typeof failing) => {
      failing = where;
    },
    view: (id: string) => local.ledger.eventView(id),
    rung: () => door.rung.flatMap(({ doorbells }) => doorbells.map(({ id }) => id)),
  };
}

const ACCEPTED = { accepted: 1, duplicates: 0, conflicts: 0 };
const DUPLICATE = { accepted: 0, duplicates: 1, conflicts: 0 };
const CONFLICT = { accepted: 0, duplicates: 0, conflicts: 1 };

describe("a signed event whose id a keyed one has", () => {
  it("is a duplicate where both say the same", async () => {
    const { keyed, signed, view, rung } = open();
    expect(await keyed(intent(4_250))).toMatchObject(ACCEPTED);
    expect(await signed(intent(4_250))).toMatchObject(DUPLICATE);
    expect(await view(ID)).toMatchObject({ provenance: "keyed", conflicts: 0 });
    expect(await view(SIGNED)).toBeNull();
    expect(rung()).toEqual([ID]);
  });

  it.each(["keyed", "inFile"] as const)(
    "is accepted beside a %s one that contradicts it, and both are rung for",
    async (way) => {
      const opened = open();
      await opened[way](intent(1));
      expect(await opened.signed(intent(4_250))).toMatchObject({ ...ACCEPTED, ids: [SIGNED, REPORT] });
      expect(await opened.view(ID)).toMatchObject({ provenance: "keyed", event: { amountMinor: 1 } });
      expect(await opened.view(SIGNED)).toMatchObject({
        provenance: "signed",
        event: { id: SIGNED, amountMinor: 4_250, tells: { fact: "failed_payment" } },
      });
      expect(await opened.view(REPORT)).toMatchObject({
        provenance: "own",
        event: {
          type: "countersign.conflict",
          payment: "pi_1",
          text: expect.stringContaining("amountMinor is 1 (with a key) and 4250 (signed)"),
        },
      });
      expect(opened.rung().filter((id) => id !== REPORT)).toEqual([ID, SIGNED]);
    },
  );

  it("is accepted beside one that only says less, and nobody is told of a conflict", async () => {
    const { keyed, signed, view, rung } = open();
    await keyed(intent(4_250));
    expect(await signed(intent(4_250, { customer: "cus_1" }))).toMatchObject(ACCEPTED);
    expect(await view(SIGNED)).toMatchObject({ event: { customer: "cus_1" } });
    expect(await view(REPORT)).toBeNull();
    expect(rung()).toEqual([ID, SIGNED]);
  });

  it("is a duplicate when it comes again, and told of once", async () => {
    const { keyed, signed, view, rung } = open();
    await keyed(intent(1));
    for (const expected of [ACCEPTED, DUPLICATE, DUPLICATE])
      expect(await signed(intent(4_250))).toMatchObject(expected);
    expect(rung().filter((id) => id === SIGNED)).toHaveLength(1);
    expect(await view(SIGNED)).toMatchObject({ conflicts: 0 });
    expect(await view(REPORT)).toMatchObject({ conflicts: 0 });
  });

  it.each([SIGNED, REPORT])(
    "whose delivery breaks off before %s is stored is refused, and whole when it comes again",
    async (id) => {
      const { keyed, door, signed, view, failWhere } = open();
      await keyed(intent(1));
      failWhere((items) => items.some(({ event }) => event.id === id));
      expect((await door.postStripe(JSON.stringify(intent(4_250)))).status).toBe(503);
      expect(await view(REPORT)).toBeNull();
      failWhere(() => false);
      expect(await signed(intent(4_250))).toMatchObject(id === SIGNED ? ACCEPTED : DUPLICATE);
      expect(await view(SIGNED)).toMatchObject({ event: { amountMinor: 4_250 } });
      expect(await view(REPORT)).not.toBeNull();
    },
  );
});

describe("a keyed event whose id a signed one has", () => {
  it.each(["keyed", "inFile"] as const)(
    "is a conflict for its sender (%s), and told of once, however often and however it comes",
    async (way) => {
      const opened = open();
      await opened.signed(intent(4_250));
      for (const amount of [1, 1, 2]) expect(await opened[way](intent(amount))).toMatchObject(CONFLICT);
      expect(await opened.view(ID)).toMatchObject({
        provenance: "signed",
        conflicts: 3,
        event: { amountMinor: 4_250 },
      });
      expect(await opened.view(SIGNED)).toBeNull();
      expect(await opened.view(REPORT)).toMatchObject({
        conflicts: 0,
        event: { text: expect.stringContaining("amountMinor is 4250 (signed) and 1 (with a key)") },
      });
    },
  );

  it.each([
    ["the same", {}],
    ["more", { customer: "cus_1" }],
  ])("is told of also where the first came with a key and the signed one says %s", async (_what, more) => {
    const { keyed, signed, view } = open();
    await keyed(intent(4_250));
    await signed(intent(4_250, more));
    expect(await view(REPORT)).toBeNull();
    expect(await keyed(intent(1))).toMatchObject(CONFLICT);
    expect((await view(REPORT))?.event.text).toMatch(
      /^Two events .* The first came with an ingest key, and the provider's signature confirmed it, the second with an ingest key\. .*amountMinor is 4250 \(signed\) and 1 \(with a key\)/,
    );
  });

  it("is a duplicate where it only says less", async () => {
    const { keyed, signed, view } = open();
    await signed(intent(4_250, { customer: "cus_1" }));
    expect(await keyed(intent(4_250))).toMatchObject(DUPLICATE);
    expect(await view(REPORT)).toBeNull();
  });

  it("is answered as not stored where the report of it is not", async () => {
    const { keyed, signed, view, failWhere, door } = open();
    await signed(intent(4_250));
    failWhere((items) => items.some(({ event }) => event.id === REPORT));
    expect((await door.postJson("/v1/events", intent(1))).status).toBe(503);
    failWhere(() => false);
    expect(await keyed(intent(1))).toMatchObject(CONFLICT);
    expect(await view(REPORT)).not.toBeNull();
  });
});

describe("an id that only we give", () => {
  it("is refused of whoever has a key: the id of a signed event that stands beside", async () => {
    const { door, view } = open();
    const planted = { ...intent(1), id: "evt_1:signed" };
    expect((await door.postJson("/v1/events", planted)).status).toBe(400);
    expect(await (await door.postLines(JSON.stringify(planted))).json()).toMatchObject({
      rejected: { lines: [{ line: 1, error: "id: must not end with :signed" }] },
    });
    expect(await view(SIGNED)).toBeNull();
  });

  it("is refused of every sender: the type of a conflict", async () => {
    const { door } = open();
    const own = { id: "x", type: "countersign.conflict", occurredAt: 1, mode: "test" };
    expect((await door.postJson("/v1/events", own)).status).toBe(400);
  });

  it("stays free for events in our own shape, of which none is signed", async () => {
    const { keyed, view } = open();
    const own = { id: "x:signed", type: "note.taken", occurredAt: 1, mode: "test" };
    expect(await keyed(own)).toMatchObject(ACCEPTED);
    expect(await view("api:x:signed")).not.toBeNull();
  });
});
