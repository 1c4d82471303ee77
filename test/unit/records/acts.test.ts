import { describe, expect, it } from "vitest";
import { actEventId } from "../../../shared/contracts/act.ts";
import { sha256Hex } from "../../../shared/core/hash.ts";
import { DAY_MS } from "../../../shared/core/time.ts";
import { RETENTION_DAYS } from "../../../shared/ledger/settings.ts";
import { provesText, type WantedAct } from "../../../shared/records/acts/event.ts";
import { nextAct } from "../../../shared/records/acts/next.ts";
import { recordAct } from "../../../shared/records/acts/record.ts";
import { createLocalLedger } from "../../helpers/ledger.ts";

const CASE = "case_1";
const ANNA = { id: "person_anna", name: "Anna" };
const BERT = { id: "person_bert", name: "Bert" };
const WORDS = "she rang: the parcel never came";

const note = (changes: Partial<WantedAct> = {}): WantedAct => ({
  what: "case.note",
  by: ANNA,
  about: CASE,
  n: 1,
  key: "key-1",
  text: WORDS,
  at: 1_000,
  mode: "test",
  ...changes,
});

describe("recording an act", () => {
  it("stores one event of our own that is over at once, with who, what, about what, and the words", async () => {
    const { ledger } = createLocalLedger();
    const recorded = await recordAct(ledger, note({ before: { owner: null }, after: { owner: "person_bert" } }));
    expect(recorded.kind).toBe("recorded");
    const view = await ledger.eventView(actEventId(CASE, 1));
    expect(view).toMatchObject({
      state: "decided",
      provenance: "own",
      outcome: { kind: "none" },
      event: {
        id: "act:case_1:1",
        type: "countersign.act",
        occurredAt: 1_000,
        mode: "test",
        text: WORDS,
        act: {
          what: "case.note",
          by: ANNA,
          about: CASE,
          key: "key-1",
          before: { owner: null },
          after: { owner: "person_bert" },
        },
      },
    });
  });

  it("keeps the hash of the words with a salt, which only the bytes have: the same words twice have two hashes", async () => {
    const { ledger } = createLocalLedger();
    await recordAct(ledger, note());
    await recordAct(ledger, note({ n: 2, key: "key-2" }));
    const [one, two] = await Promise.all([1, 2].map((n) => ledger.eventView(actEventId(CASE, n))));
    const raw = await ledger.rawOf(actEventId(CASE, 1));
    expect(one?.event.act?.textHash).not.toBe(two?.event.act?.textHash);
    expect(one?.event.act?.textHash).toBe(await sha256Hex(raw ?? ""));
    expect(JSON.parse(raw ?? "")).toEqual({ salt: expect.any(String), text: WORDS });
    expect(one?.event.act && (await provesText(one.event.act, raw ?? ""))).toBe(true);
    expect(one?.event.act && (await provesText(one.event.act, (raw ?? "").replace("never", "soon")))).toBe(false);
  });

  it("an act without words has no hash of any", async () => {
    const { ledger } = createLocalLedger();
    await recordAct(ledger, note({ what: "case.assign", text: null }));
    const event = (await ledger.eventView(actEventId(CASE, 1)))?.event;
    expect(event?.act?.textHash).toBeNull();
    expect(event).not.toHaveProperty("text");
  });

  it("the same request again finds its act, and stores nothing", async () => {
    const { ledger } = createLocalLedger();
    const first = await recordAct(ledger, note());
    const again = await recordAct(ledger, note({ at: 9_000 }));
    expect([first.kind, again.kind]).toEqual(["recorded", "own"]);
    expect(again).toMatchObject({ event: { occurredAt: 1_000 } });
    expect(await ledger.conflictsOf(actEventId(CASE, 1))).toEqual([]);
  });

  it("of two people who act at once under one number exactly one is recorded, and the other is told whose act stands", async () => {
    const { ledger } = createLocalLedger();
    const both = await Promise.all([recordAct(ledger, note()), recordAct(ledger, note({ by: BERT, key: "key-2" }))]);
    expect(both.map(({ kind }) => kind).sort()).toEqual(["other", "recorded"]);
    const other = both.find(({ kind }) => kind === "other");
    expect(other).toMatchObject({ event: { act: { by: expect.objectContaining({ id: expect.any(String) }) } } });
  });

  it("one person's key is no other person's, nor that of another act", async () => {
    const { ledger } = createLocalLedger();
    await recordAct(ledger, note());
    expect((await recordAct(ledger, note({ by: BERT }))).kind).toBe("other");
    expect((await recordAct(ledger, note({ what: "case.close" }))).kind).toBe("other");
  });

  it("a double click at the same moment is one act", async () => {
    const { ledger } = createLocalLedger();
    const both = await Promise.all([recordAct(ledger, note()), recordAct(ledger, note())]);
    expect(both.map(({ kind }) => kind).sort()).toEqual(["own", "recorded"]);
  });

  it("says so where the ledger did not take it", async () => {
    const { ledger } = createLocalLedger();
    const away = { ...ledger, accept: async () => ["unavailable" as const] };
    expect(await recordAct(away, note())).toEqual({ kind: "unavailable" });
  });

  it("after RETENTION_DAYS the words and their salt are gone, and the act stays", async () => {
    const { ledger, clock, chores } = createLocalLedger();
    await recordAct(ledger, note());
    const before = (await ledger.eventView(actEventId(CASE, 1)))?.event;
    clock.now += (RETENTION_DAYS + 2) * DAY_MS;
    await chores();
    const view = await ledger.eventView(actEventId(CASE, 1));
    expect(view?.event.text).toBeUndefined();
    expect(await ledger.rawOf(actEventId(CASE, 1))).toBeNull();
    expect(view?.event.act).toEqual(before?.act);
  });
});

describe("acts that shut out no other", () => {
  const { n: _n, ...next } = note();

  it("ten notes at once are ten acts under ten numbers", async () => {
    const { ledger } = createLocalLedger();
    const keys = Array.from({ length: 10 }, (_, index) => `key-${index}`);
    const all = await Promise.all(keys.map((key) => nextAct(ledger, { ...next, key, last: 0 })));
    expect(all.map((one) => one?.n).sort((a, b) => Number(a) - Number(b))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("the acts that it passed are told, so that the caller carries on with what a crash left out", async () => {
    const { ledger } = createLocalLedger();
    await recordAct(ledger, note({ by: BERT, key: "key-of-bert" }));
    const second = await nextAct(ledger, { ...next, last: 0 });
    expect(second).toMatchObject({ n: 2, isNew: true, passed: [{ id: "act:case_1:1", act: { by: BERT } }] });
  });

  it("the same request finds its act though others have acted since", async () => {
    const { ledger } = createLocalLedger();
    await nextAct(ledger, { ...next, last: 0 });
    for (let n = 2; n <= 60; n++) await nextAct(ledger, { ...next, by: BERT, key: `key-${n}`, last: n - 1 });
    expect(await nextAct(ledger, { ...next, last: 60 })).toMatchObject({ n: 1, isNew: false, passed: [] });
  });

  it("nothing is recorded where the ledger does not answer", async () => {
    const { ledger } = createLocalLedger();
    const away = { ...ledger, accept: async () => ["unavailable" as const] };
    expect(await nextAct(away, { ...next, last: 0 })).toBeNull();
  });
});
