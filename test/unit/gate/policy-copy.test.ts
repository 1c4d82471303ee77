import { describe, expect, it } from "vitest";
import type { PolicyInForce } from "../../../shared/contracts/gate.ts";
import type { PolicyDocument } from "../../../shared/contracts/policy.ts";
import { createPolicyCopy } from "../../../shared/gate/policy-copy.ts";
import { DEFAULT_DOCUMENT, policyOf } from "../../../shared/policy/document.ts";

const NOW = 1_000_000;
const OTHER: PolicyDocument = {
  ...DEFAULT_DOCUMENT,
  envelopes: { ...DEFAULT_DOCUMENT.envelopes, all: DEFAULT_DOCUMENT.envelopes.all + 1 },
};
const FIRST = await policyOf(DEFAULT_DOCUMENT);
const SECOND = await policyOf(OTHER);

/** A gate that answers as the test says, and a copy that asks it. `takesMs`: how long an answer takes. */
function open() {
  const clock = { now: NOW };
  const gate = { inForce: FIRST, isAway: false, takesMs: 0, asked: [] as (string | null)[] };
  const answers = {
    policy: async (known: string | null): Promise<PolicyInForce> => {
      gate.asked.push(known);
      const { version, sections: _sections, ...document } = gate.inForce;
      clock.now += gate.takesMs;
      if (gate.isAway) throw new Error("policy: the gate does not answer");
      return { n: 1, version, act: 0, document: known === version ? null : document };
    },
  };
  const copy = createPolicyCopy(() => clock.now);
  const versionNow = async () => {
    const told = await copy.current(answers);
    return told.ok ? told.value.version : told.error.reason;
  };
  return { clock, gate, answers, copy, versionNow };
}

describe("the copy of the policy", () => {
  it("is good for ten seconds and no longer, counted from before the question", async () => {
    const { clock, gate, versionNow } = open();
    gate.takesMs = 4_000;
    expect(await versionNow()).toBe(FIRST.version);
    gate.inForce = SECOND;
    clock.now = NOW + 9_999;
    expect(await versionNow()).toBe(FIRST.version);
    expect(gate.asked).toEqual([null]);
    clock.now = NOW + 10_000;
    expect(await versionNow()).toBe(SECOND.version);
    expect(gate.asked).toEqual([null, FIRST.version]);
  });

  it("is renewed without the document where nothing was published", async () => {
    const { clock, gate, versionNow } = open();
    await versionNow();
    clock.now += 10_000;
    expect(await versionNow()).toBe(FIRST.version);
    clock.now += 9_999;
    expect(await versionNow()).toBe(FIRST.version);
    expect(gate.asked).toEqual([null, FIRST.version]);
  });

  it("does not outlive the gate: ten seconds after its last answer nothing is decided or sent, and no default stands in", async () => {
    const { clock, gate, versionNow } = open();
    await versionNow();
    gate.isAway = true;
    clock.now += 9_999;
    expect(await versionNow()).toBe(FIRST.version);
    clock.now += 1;
    expect(await versionNow()).toBe("gate_unavailable");
    gate.isAway = false;
    expect(await versionNow()).toBe(FIRST.version);
  });

  it("is none where the gate has never answered", async () => {
    const { gate, versionNow } = open();
    gate.isAway = true;
    expect(await versionNow()).toBe("gate_unavailable");
  });

  it("is none where the answer took ten seconds: it may be another policy by now", async () => {
    const { gate, versionNow } = open();
    gate.takesMs = 10_000;
    expect(await versionNow()).toBe("gate_unavailable");
    gate.takesMs = 9_999;
    expect(await versionNow()).toBe(FIRST.version);
  });

  it("is not used after the clock was set back: nobody knows how old it is", async () => {
    const { clock, gate, versionNow } = open();
    await versionNow();
    gate.inForce = SECOND;
    clock.now -= 1;
    expect(await versionNow()).toBe(SECOND.version);
    gate.isAway = true;
    clock.now -= 3_600_000;
    expect(await versionNow()).toBe("gate_unavailable");
  });

  it("is never what does not fit the schema, or its own hash", async () => {
    const { answers, copy } = open();
    const said = async (document: unknown, version: string) =>
      (await copy.again({ policy: async () => ({ n: 1, version, act: 0, document: document as PolicyDocument }) })).ok;
    expect(await said({ ...OTHER, envelopes: { all: 1 } }, SECOND.version)).toBe(false);
    expect(await said({ ...OTHER, more: 1 }, SECOND.version)).toBe(false);
    expect(await said(OTHER, FIRST.version)).toBe(false);
    expect(await said(null, FIRST.version)).toBe(false);
    expect(await said(OTHER, SECOND.version)).toBe(true);
    expect((await copy.current(answers)).ok).toBe(true);
  });

  it("is not replaced by an older answer that came later", async () => {
    const { clock, gate, copy, answers, versionNow } = open();
    await versionNow();
    const late = copy.again({
      policy: async (known) => {
        gate.inForce = SECOND;
        clock.now += 1;
        await copy.again(answers);
        return { n: 1, version: FIRST.version, act: 0, document: known === FIRST.version ? null : DEFAULT_DOCUMENT };
      },
    });
    expect(await late).toMatchObject({ ok: true, value: { version: SECOND.version } });
    expect(await versionNow()).toBe(SECOND.version);
  });
});

describe("while the gate and this Worker are of two releases", () => {
  const { payment: _, ...fewer } = DEFAULT_DOCUMENT.envelopes;
  const NEWER = { ...DEFAULT_DOCUMENT, envelopes: { ...DEFAULT_DOCUMENT.envelopes, week: 1 } };
  const OLDER = { ...DEFAULT_DOCUMENT, envelopes: fewer };

  /** A gate that answers a document of another form, until `inForce` is set. */
  function between(document: unknown) {
    const clock = { now: NOW };
    const alarms: Record<string, unknown>[] = [];
    const gate = { inForce: null as typeof FIRST | null };
    const copy = createPolicyCopy(
      () => clock.now,
      (line) => void alarms.push(line),
    );
    const answers = {
      policy: async (): Promise<PolicyInForce> => {
        const { version, sections: _sections, ...own } = gate.inForce ?? { ...SECOND, ...(document as PolicyDocument) };
        return { n: 2, version, act: 0, document: own };
      },
    };
    return { clock, alarms, gate, ask: () => copy.current(answers) };
  }

  it.each([
    ["a field of a newer release", NEWER, /envelopes\.week: there is no such field.*deploy this Worker/],
    ["a field of this release missing", OLDER, /envelopes.*payment.*deploy the ledger/],
  ])(
    "with %s nothing is decided or sent, and an alarm names the field and what to deploy",
    async (_what, document, says) => {
      const { alarms, ask } = between(document);
      expect(await ask()).toMatchObject({ ok: false, error: { reason: "gate_unavailable" } });
      expect(alarms).toMatchObject([{ what: "policy.other_form", version: SECOND.version }]);
      expect(alarms[0]?.error).toMatch(says);
    },
  );

  it("is told once a minute, and over once both are of one release", async () => {
    const { clock, alarms, gate, ask } = between(NEWER);
    for (let second = 0; second < 61; second++) {
      await ask();
      clock.now += 1_000;
    }
    expect(alarms).toHaveLength(2);
    gate.inForce = FIRST;
    expect(await ask()).toMatchObject({ ok: true, value: { version: FIRST.version } });
    expect(alarms).toHaveLength(2);
  });

  it("does not go on under the copy of before for longer than ten seconds", async () => {
    const { clock, gate, ask } = between(NEWER);
    gate.inForce = FIRST;
    expect((await ask()).ok).toBe(true);
    gate.inForce = null;
    clock.now += 9_999;
    expect((await ask()).ok).toBe(true);
    clock.now += 1;
    expect((await ask()).ok).toBe(false);
  });

  it("is raised too for a document that is not what its hash says: somebody altered what the gate keeps", async () => {
    const { alarms, ask } = between(DEFAULT_DOCUMENT);
    expect((await ask()).ok).toBe(false);
    expect((await ask()).ok).toBe(false);
    expect(alarms).toMatchObject([{ what: "policy.altered", version: SECOND.version }]);
  });

  it("is not raised where the gate is only away", async () => {
    const alarms: unknown[] = [];
    const copy = createPolicyCopy(
      () => NOW,
      (line) => void alarms.push(line),
    );
    expect((await copy.current({ policy: () => Promise.reject(new Error("away")) })).ok).toBe(false);
    expect(alarms).toEqual([]);
  });
});
