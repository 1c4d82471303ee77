import { describe, expect, it } from "vitest";
import { type ProviderKeyUse, providerKeyComplaint, readProviderKey } from "../../../shared/core/provider-key.ts";

const REST = "0123456789abcdefghijklmn";

describe("the mode of a key", () => {
  it.each([
    ["sk_test_x", "secret", "test"],
    ["sk_live_x", "secret", "live"],
    ["rk_test_x", "restricted", "test"],
    ["rk_live_x", "restricted", "live"],
    ["sk_org_live_x", "secret", "live"],
    ["sk_org_test_x", "secret", "test"],
    ["rk_org_live_x", "restricted", "live"],
    ["pk_live_x", "publishable", "live"],
    ["pk_test_x", "publishable", "test"],
    ["  sk_live_x\n", "secret", "live"],
    ['"sk_live_x"', "secret", "live"],
    ["' sk_live_x '", "secret", "live"],
    ["SK_LIVE_X", "secret", "live"],
    ["\ufeffsk_live_x", "secret", "live"],
  ])("is read from %j", (text, kind, mode) => {
    expect(readProviderKey(text)).toEqual({ kind, mode });
  });

  it.each([
    "",
    "stand-in",
    "live",
    "sk_livex",
    "sk_",
    "sk_prod_x",
    "xsk_test_x",
    "test_sk_test_x",
    "sk_org_x",
    "sk-test-x",
  ])("is unknown where %j is the key, and never taken for test", (text) => {
    expect(readProviderKey(text)).toEqual({ kind: "unknown", mode: null });
  });

  it("is none of a webhook's secret", () => {
    expect(readProviderKey("whsec_sk_test_x")).toEqual({ kind: "webhook", mode: null });
  });
});

describe("a key of Stripe", () => {
  const complaint = (key: string, use: Partial<ProviderKeyUse> = {}): string =>
    providerKeyComplaint(key, { role: "reads", mode: "test", isStandIn: false, ...use }) ?? "good";

  it("reads where it is restricted, writes where it is secret or restricted", () => {
    expect(complaint(`rk_test_${REST}`)).toBe("good");
    expect(complaint(`rk_live_${REST}`, { mode: "live" })).toBe("good");
    for (const start of ["sk_test_", "rk_test_", "sk_org_test_"])
      expect(complaint(`${start}${REST}`, { role: "writes" }), start).toBe("good");
  });

  it.each(["sk_test_", "sk_org_test_"])("of who decides is never %s, on this machine neither", (start) => {
    for (const isStandIn of [false, true])
      expect(complaint(`${start}${REST}`, { isStandIn })).toMatch(/^must be a restricted key \(rk_test_ or rk_live_\)/);
  });

  it.each([
    [`rk_live_${REST}`, "is a live key, and PROVIDER_MODE is not live"],
    [`pk_test_${REST}`, "is a publishable key"],
    [`whsec_${REST}`, "is the secret of a webhook"],
    [`ak_test_${REST}`, "must begin with rk_test_ or rk_live_"],
    [`"rk_test_${REST}"`, "has quotes"],
    [`RK_TEST_${REST}`, "has quotes, blanks, capitals"],
    [`rk_test_${REST} ${REST}`, "has quotes, blanks"],
    ["rk_test_short", "is too short to be a whole key"],
  ])("is not %s", (key, why) => {
    expect(complaint(key)).toContain(why);
    expect(complaint(key)).not.toContain(REST);
  });

  it.each(["live", "unknown", "", undefined, "Test"])("for tests does not fit a deployment of mode %j", (mode) => {
    for (const role of ["reads", "writes"] as const)
      expect(complaint(`rk_test_${REST}`, { mode, role })).toBe("is a test key, and PROVIDER_MODE is not test");
  });

  it("may be short for a stand-in on this machine alone", () => {
    expect(complaint("rk_test_read_standin", { isStandIn: true })).toBe("good");
    expect(complaint("rk_test_read_standin")).toContain("too short");
  });
});
