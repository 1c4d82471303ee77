import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, it } from "vitest";
import type { Word, WordOfParty } from "../../../shared/contracts/heard.ts";
import type { Effect } from "../../../shared/contracts/provider.ts";
import { MINUTE_MS } from "../../../shared/core/time.ts";
import { createHearing } from "../../../shared/gate/hearing.ts";
import { heardOf } from "../../../shared/providers/heard.ts";
import type { ProviderReader } from "../../../shared/providers/port.ts";
import { openGate } from "../../helpers/gate.ts";
import { sqlOf } from "../../helpers/ledger.ts";

const T0 = Date.parse("2026-11-28T05:00:00Z");
const word = (what: WordOfParty, at: number): Word => ({ party: "claude", what, at });

function open() {
  const sqlite = new DatabaseSync(":memory:");
  const sql = sqlOf(sqlite);
  const writes: string[] = [];
  const counting = {
    ...sql,
    exec: ((query: string, ...bindings: never[]) => {
      if (query.includes("INTO heard")) writes.push(query);
      return sql.exec(query, ...bindings);
    }) as typeof sql.exec,
  };
  return { gate: openGate(counting), again: () => openGate(sql), writes };
}

describe("the gate remembers of each party", () => {
  it("nothing, before anybody has heard of it", () => {
    expect(open().gate.heard()).toEqual([]);
  });

  it("its state, since when, and its last word; and writes a row only when the state changes", () => {
    const { gate, writes } = open();
    gate.hear([word("answered", T0)], T0);
    gate.hear([word("answered", T0 + 1_000)], T0 + 1_000);
    gate.hear([word("claude_timeout", T0 + 2_000)], T0 + 2_000);
    gate.hear([word("claude_overloaded", T0 + 3_000)], T0 + 3_000);
    expect(gate.heard()).toEqual([
      { party: "claude", state: "failing", since: T0 + 2_000, last: { what: "claude_overloaded", at: T0 + 3_000 } },
    ]);
    expect(writes).toHaveLength(2);
  });

  it("an answer that decides nothing as an answer: a refusal is no outage", () => {
    const { gate } = open();
    for (const what of ["claude_refused", "claude_malformed", "claude_too_large"] as const) {
      gate.hear([word(what, T0)], T0);
      expect(gate.heard()).toMatchObject([{ state: "ok" }]);
    }
  });

  it("a word that it does not know as a failure", () => {
    const { gate } = open();
    gate.hear([word("a_word_of_tomorrow" as WordOfParty, T0)], T0);
    expect(gate.heard()).toMatchObject([{ state: "failing" }]);
  });

  it("the newest word, whatever order they come in and however far a clock is ahead", () => {
    const { gate } = open();
    gate.hear([word("answered", T0 + 60_000)], T0);
    gate.hear([word("claude_timeout", T0 - 5_000)], T0);
    expect(gate.heard()).toMatchObject([{ state: "ok", last: { at: T0 } }]);
    gate.hear([word("claude_timeout", T0 + 1)], T0 + 1);
    expect(gate.heard()).toMatchObject([{ state: "failing" }]);
  });

  it("all of it after a restart", () => {
    const { gate, again } = open();
    gate.hear([word("claude_unauthorized", T0), { party: "stripe", what: "answered", at: T0 }], T0);
    expect(again().heard()).toEqual(gate.heard());
  });
});

describe("a Worker tells the gate", () => {
  let now = T0;
  let told: Word[][] = [];
  let isAway = false;
  beforeEach(() => {
    [now, told, isAway] = [T0, [], false];
  });
  const gate = {
    hear: async (words: Word[]) => {
      if (isAway) throw new Error("away");
      told.push(words);
    },
  };
  const hearing = () => createHearing({ now: () => now, log: () => {} });

  it("nothing where it has heard nothing, and not again what it has told", async () => {
    const { hear, tell } = hearing();
    await tell(gate);
    hear("claude", "answered");
    for (let n = 0; n < 5; n++) {
      now += 1_000;
      hear("claude", "answered");
      await tell(gate);
    }
    expect(told).toEqual([[word("answered", T0)]]);
  });

  it("at once of a word that changed, and after a minute of one that did not", async () => {
    const { hear, tell } = hearing();
    const whats: WordOfParty[] = [];
    for (const [after, what] of [
      [0, "answered"],
      [1_000, "claude_timeout"],
      [1_000, "claude_timeout"],
      [1_000, "claude_overloaded"],
      [1_000, "answered"],
      [MINUTE_MS, "answered"],
    ] as const) {
      now += after;
      hear("claude", what);
      const before = told.length;
      await tell(gate);
      if (told.length > before) whats.push(what);
    }
    expect(whats).toEqual(["answered", "claude_timeout", "claude_overloaded", "answered", "answered"]);
  });

  it("again with the next batch what the gate did not get", async () => {
    const { hear, tell } = hearing();
    hear("records", "records_unavailable");
    isAway = true;
    await tell(gate);
    isAway = false;
    await tell(gate);
    expect(told).toEqual([[{ party: "records", what: "records_unavailable", at: T0 }]]);
  });

  it("and waits for no gate that does not answer", async () => {
    const { hear, tell } = createHearing({ now: () => now, log: () => {}, patience: async () => {} });
    hear("claude", "answered");
    await tell({ hear: () => new Promise(() => {}) });
  });
});

describe("a provider is heard", () => {
  const at = {} as never;
  async function heardBy(answer: unknown, method: "find" | "refund"): Promise<[string, WordOfParty][]> {
    const words: [string, WordOfParty][] = [];
    const plain = { name: "stripe", mode: "test", find: async () => answer, refund: async () => answer };
    const heard = heardOf(plain as unknown as ProviderReader, (party, what) => words.push([party, what]));
    expect([heard.name, heard.mode]).toEqual(["stripe", "test"]);
    expect(await (heard as unknown as typeof plain)[method](...([at, at] as unknown as []))).toBe(answer);
    return words;
  }
  const failed = (reason: WordOfParty) => ({ ok: false, error: { reason, detail: "secret words" } });

  it("in each read, found or not, and in each failure", async () => {
    expect(await heardBy({ ok: true, value: null }, "find")).toEqual([["stripe", "answered"]]);
    expect(await heardBy(failed("provider_unauthorized"), "find")).toEqual([["stripe", "provider_unauthorized"]]);
  });

  it.each([
    [{ kind: "done", providerObject: "re_1", amountMinor: 1, pending: false, note: "" }, "answered"],
    [{ kind: "refused", code: "x", note: "", stored: true }, "answered"],
    [{ kind: "not_now", failure: { reason: "provider_rate_limited", detail: "" } }, "provider_rate_limited"],
    [{ kind: "unclear", note: "", storedError: false }, "provider_unavailable"],
  ] satisfies [Effect, WordOfParty][])("in each call that sends: %j", async (effect, what) => {
    expect(await heardBy(effect, "refund")).toEqual([["stripe", what]]);
  });
});
