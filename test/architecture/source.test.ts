import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

const sourcesIn = (...folders: string[]): { file: string; source: string }[] =>
  folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
      .map((path) => ({ file: join(folder, path), source: readFileSync(join(ROOT, folder, path), "utf8") })),
  );

const code = (source: string): string => source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
const using = (pattern: RegExp, ...folders: string[]): string[] =>
  sourcesIn(...folders)
    .filter(({ source }) => pattern.test(code(source)))
    .map(({ file }) => file)
    .sort();

describe("what is absent", () => {
  it("ack() and retry() of a message are called by consume() alone", () => {
    const outside = using(/\.(?:ack|retry|ackAll|retryAll)\(/, "shared", "workers");
    expect(outside).toEqual(["shared/queue/consume.ts"]);
  });

  it("no code of shared/ asks the clock, but where the world begins: a wiring, an adapter's error, consume's default", () => {
    expect(using(/\bDate\.now\b|\bperformance\.now\b|new Date\(\)/, "shared")).toEqual([
      "shared/execution/wiring.ts",
      "shared/providers/stripe/reader.ts",
      "shared/providers/stripe/session.ts",
      "shared/queue/consume.ts",
    ]);
  });

  it("nothing is left to chance: jitter is a hash of an id", () => {
    expect(using(/\bMath\.random\b/, "shared", "workers")).toEqual([]);
  });

  it("no float is made of money: amounts are parsed as integers only, and rounded for people's eyes alone", () => {
    expect(using(/\bparseFloat\b/, "shared", "workers")).toEqual([]);
    // Rough dollars in the reason of a full envelope.
    expect(using(/\.toFixed\(/, "shared", "workers")).toEqual(["shared/gate/envelopes.ts"]);
  });

  it("the ledger's state machine knows no platform: it runs in a plain test", () => {
    expect(using(/cloudflare:|\bDurableObject\b|\benv\b/, "shared/ledger", "shared/policy")).toEqual([]);
  });

  it("no switch on a feature that nobody compiled: any, non-null assertions and ts-ignore are not used", () => {
    expect(using(/@ts-(?:ignore|nocheck)|\bas any\b|:\s*any\b/, "shared", "workers", "cli")).toEqual([]);
  });
});

describe("the size of files", () => {
  it("lets each be read in one sitting: 350 lines at most", () => {
    const long = sourcesIn("shared", "workers", "cli", "bench", "tools")
      .map(({ file, source }) => ({ file, lines: source.trimEnd().split("\n").length }))
      .filter(({ lines }) => lines > 350);
    expect(long).toEqual([]);
  });
});
