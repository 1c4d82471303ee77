import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { requireWholeKeys } from "../../../cli/stack/check-keys.ts";
import { startStack } from "../../../cli/stack/index.ts";

const stateDir = mkdtempSync(join(tmpdir(), "countersign-test-"));
afterAll(() => rmSync(stateDir, { recursive: true }));

describe("a stack with a key that its Workers would refuse", () => {
  it("does not start, names the key and its file, and repeats no key", async () => {
    const start = startStack({ stateDir, keys: { READ_KEY: "tiny-key" } });
    await expect(start).rejects.toThrow(/^READ_KEY has fewer than 32 characters.*keys\.json/);
    await expect(startStack({ stateDir, keys: { READ_KEY: "tiny-key" } })).rejects.toThrow(/^(?!.*tiny-key)/);
  });

  it("does not start with one value for two doors, and names both", async () => {
    const one = "one-value-for-two-doors".padEnd(40, "x");
    await expect(startStack({ stateDir, keys: { INGEST_KEY: one, CONSOLE_TOKEN: one } })).rejects.toThrow(
      /^INGEST_KEY and CONSOLE_TOKEN have a value in common(?!.*one-value)/,
    );
  });

  it("is not one with keys of which none is set", () => {
    expect(() => requireWholeKeys({ INGEST_KEY: "" } as Parameters<typeof requireWholeKeys>[0], "x")).not.toThrow();
  });
});
