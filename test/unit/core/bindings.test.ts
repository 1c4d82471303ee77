import { describe, expect, it } from "vitest";
import { requireBindings } from "../../../shared/core/bindings.ts";

describe("bindings", () => {
  it("that are missing or empty are all named at once, with what to do", () => {
    const env: Record<string, string | undefined> = { A: "x", B: "", C: undefined };
    expect(() => requireBindings(env, ["A", "B", "C"])).toThrow(/^missing bindings: B, C\. .*wrangler secret put/);
  });

  it("that are there are enough", () => {
    expect(() => requireBindings({ A: "x", B: "y" }, ["A", "B"])).not.toThrow();
  });
});
