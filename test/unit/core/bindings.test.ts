import { describe, expect, it } from "vitest";
import { modeOf, numberOf, requireBindings, shardCountOf } from "../../../shared/core/bindings.ts";

describe("bindings", () => {
  it("that are missing or empty are all named at once, with what to do", () => {
    const env: Record<string, string | undefined> = { A: "x", B: "", C: undefined };
    expect(() => requireBindings(env, ["A", "B", "C"])).toThrow(/^missing bindings: B, C\. .*wrangler secret put/);
  });

  it("that are there are enough", () => {
    expect(() => requireBindings({ A: "x", B: "y" }, ["A", "B"])).not.toThrow();
  });

  it("that may be empty must still be set", () => {
    const env: Record<string, string | undefined> = { A: "" };
    expect(() => requireBindings(env, [], ["A"])).not.toThrow();
    expect(() => requireBindings(env, [], ["A", "B"])).toThrow(/^missing bindings: B\./);
  });

  it.each([
    ["LEDGER_SHARDS", ["", "0", "-1", "1.5", "many", "1e3"]],
    ["PROVIDER_MODE", ["", "Live", "sandbox", "toString"]],
    ["SWEEP_MS", ["", "0", "-5", "soon"]],
    ["PATIENCE_SCALE", ["", "0", "-1", "soon"]],
    ["RETRY_DELAY_SCALE", ["", "-1", "slow"]],
  ])("%s of another form is named, with the form that it must have", (name, wrong) => {
    for (const value of wrong) {
      const message = value === "" ? "missing bindings" : `malformed bindings: ${name} must be .*, not "${value}"`;
      expect(() => requireBindings({ [name]: value }, [name]), value).toThrow(new RegExp(message));
    }
  });

  it("that are malformed are named beside those that are missing", () => {
    const env = { LEDGER_SHARDS: "0", PROVIDER_MODE: "none", LEDGER: undefined };
    expect(() => requireBindings(env, ["LEDGER", "LEDGER_SHARDS", "PROVIDER_MODE"])).toThrow(
      /^missing bindings: LEDGER\. .* malformed bindings: LEDGER_SHARDS .*; PROVIDER_MODE must be live or test/,
    );
  });

  it("are read as what they stand for", () => {
    expect(shardCountOf({ LEDGER_SHARDS: "64" })).toBe(64);
    expect(() => shardCountOf({ LEDGER_SHARDS: "none" })).toThrow("LEDGER_SHARDS must be");
    expect(modeOf({ PROVIDER_MODE: "live" })).toBe("live");
    expect(() => modeOf({ PROVIDER_MODE: "LIVE" })).toThrow('PROVIDER_MODE must be live or test, not "LIVE"');
    expect(numberOf({ RETRY_DELAY_SCALE: "0.00001" }, "RETRY_DELAY_SCALE")).toBe(0.000_01);
  });
});
