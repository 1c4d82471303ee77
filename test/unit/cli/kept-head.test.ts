import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keptHead } from "../../../cli/commands/kept-head.ts";

const HEAD = { n: 12, hash: "ab".repeat(32), kid: "audit-1", signature: "cd".repeat(64) };
const KEPT = { n: HEAD.n, hash: HEAD.hash };

describe("a head of the audit that somebody kept", () => {
  it("is read from JSON, from a file, and from the whole answer of audit verify", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "head-")), "head.json");
    writeFileSync(file, JSON.stringify({ entries: 12, ok: true, head: HEAD }));
    expect(await keptHead(file)).toEqual(KEPT);
    expect(await keptHead(JSON.stringify(HEAD))).toEqual(KEPT);
  });

  it("is refused in words where there is none", async () => {
    await expect(keptHead("{}")).rejects.toThrow("has no head of the audit");
    await expect(keptHead('{"head":{"n":-1,"hash":"x"}}')).rejects.toThrow("has no head of the audit");
    await expect(keptHead("/nowhere/at/all")).rejects.toThrow("cannot be read");
  });
});
