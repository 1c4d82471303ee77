import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bindingsOf, readWorkerPlans } from "../../../cli/stack/workers.ts";
import { QUEUES } from "../../../shared/contracts/queues.ts";

describe("what a Worker is given", () => {
  const plan = {
    name: "w",
    vars: { LEDGER_SHARDS: "64", STRIPE_API_BASE: "https://api.stripe.com" },
    secrets: ["INGEST_KEY"],
  };

  it("is what its config declares, with ours for those names only", () => {
    const everywhere = { LEDGER_SHARDS: "8", INGEST_KEY: "i", CONSOLE_TOKEN: "c" };
    expect(bindingsOf(plan, { everywhere, byWorker: {} })).toEqual({
      LEDGER_SHARDS: "8",
      STRIPE_API_BASE: "https://api.stripe.com",
      INGEST_KEY: "i",
    });
  });

  it("is what was meant for it alone before what is meant for all, declared or not", () => {
    const given = {
      everywhere: { INGEST_KEY: "all" },
      byWorker: { w: { INGEST_KEY: "own", EXTRA: "x" }, other: { LEDGER_SHARDS: "1" } },
    };
    expect(bindingsOf(plan, given)).toMatchObject({ INGEST_KEY: "own", EXTRA: "x", LEDGER_SHARDS: "64" });
  });

  it("is never less than the secrets it demands", () => {
    expect(() => bindingsOf(plan, { everywhere: {}, byWorker: {} })).toThrow("w: no value for INGEST_KEY");
  });
});

describe("the Workers of this repository", () => {
  const plans = readWorkerPlans();
  const consumed = plans.flatMap(({ options }) => Object.keys(options.queueConsumers ?? {}));

  it("consume each queue once, and every queue that any of them writes to", () => {
    const produced = plans.flatMap(({ options }) =>
      Object.values(options.queueProducers ?? {}).map((queue) => (queue as { queueName: string }).queueName),
    );
    expect(new Set(consumed).size).toBe(consumed.length);
    expect(produced.filter((queue) => !consumed.includes(queue))).toEqual([]);
    expect(consumed.length).toBe(2 * QUEUES.length);
  });

  it("have no secret in what is read from their files, whatever the environment says", () => {
    process.env.INGEST_KEY = "exported in a shell";
    try {
      const [ingest] = readWorkerPlans();
      expect(ingest?.secrets).toContain("INGEST_KEY");
      expect(JSON.stringify(ingest?.options)).not.toContain("exported in a shell");
      expect(ingest?.vars).not.toHaveProperty("INGEST_KEY");
    } finally {
      delete process.env.INGEST_KEY;
    }
  });
});

describe("an environment that is chosen for deployments", () => {
  it("changes nothing here", () => {
    process.env.CLOUDFLARE_ENV = "staging";
    try {
      expect(readWorkerPlans().map(({ name }) => name)).toContain("countersign-ingest");
    } finally {
      delete process.env.CLOUDFLARE_ENV;
    }
  });
});

describe("a Worker whose code is missing", () => {
  it("is named, with the file that should be there", () => {
    const root = mkdtempSync(join(tmpdir(), "countersign-test-"));
    writeFileSync(
      join(root, "wrangler.toml"),
      'name = "lonely"\nmain = "nowhere.ts"\ncompatibility_date = "2026-10-20"\n',
    );
    expect(() => readWorkerPlans(root)).toThrow(/lonely: there is no .*nowhere\.ts/);
    rmSync(root, { recursive: true });
  });
});
