import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EXECUTABLE_KINDS, EXECUTOR_QUEUES } from "../../shared/contracts/actions.ts";
import { deadLetterQueueOf, QUEUES, queueOfKind } from "../../shared/contracts/queues.ts";
import { requireBindings } from "../../shared/core/bindings.ts";
import { SECRETS } from "../../shared/core/secret-forms.ts";
import { whoOf } from "../../shared/core/who.ts";
import { PROVIDERS, WEBHOOKS } from "../../shared/providers/registry.ts";
import { bindingOf } from "../../shared/queue/producers.ts";
import { readWorkerConfigs, type WorkerConfig } from "../helpers/wrangler-configs.ts";

const workers = readWorkerConfigs();
const worker = (name: string): WorkerConfig => {
  const found = workers.find((one) => one.worker === name);
  if (found === undefined) throw new Error(`no Worker ${name}`);
  return found;
};
const consumers = workers.flatMap(({ worker: name, consumers: list }) =>
  list.map((consumer) => ({ ...consumer, worker: name })),
);
const isDeadLetters = (queue: string): boolean => queue.endsWith("-dlq");
const work = consumers.filter(({ queue }) => !isDeadLetters(queue));

/** The queue table of the design: consumer, largest batch, longest wait in seconds, retries. */
type QueueRow = { consumer: string; batch: [number, number]; timeoutMax: number; retries: number };
const decides = (timeoutMax: number): QueueRow => ({
  consumer: "classifier",
  batch: [1, 10],
  timeoutMax,
  retries: 100,
});
const works = (consumer: string): QueueRow => ({ consumer, batch: [10, 50], timeoutMax: 2, retries: 20 });
const TABLE: Record<string, QueueRow> = {
  events: decides(1),
  "events-batch": decides(5),
  ...Object.fromEntries(EXECUTOR_QUEUES.map((queue) => [queue, works(queue)])),
  escalate: works("escalate"),
};

describe("the queues", () => {
  it("are those of the contracts, each with one consumer, as the table says", () => {
    expect(work.map(({ queue }) => queue).sort()).toEqual([...QUEUES].sort());
    for (const { queue, worker: name, max_batch_size, max_batch_timeout, max_retries } of work) {
      const row = TABLE[queue];
      expect(row, queue).toBeDefined();
      if (row === undefined) continue;
      expect(name, queue).toBe(row.consumer);
      expect(max_batch_size, queue).toBeGreaterThanOrEqual(row.batch[0]);
      expect(max_batch_size, queue).toBeLessThanOrEqual(row.batch[1]);
      expect(max_batch_timeout, queue).toBeLessThanOrEqual(row.timeoutMax);
      expect(max_retries, queue).toBe(row.retries);
    }
  });

  it("each have a dead-letter queue of their own, which the dead-letter Worker consumes with 100 retries", () => {
    expect(Object.fromEntries(work.map(({ queue, dead_letter_queue }) => [queue, dead_letter_queue]))).toEqual(
      Object.fromEntries(QUEUES.map((queue) => [queue, deadLetterQueueOf(queue)])),
    );
    const letters = consumers.filter(({ queue }) => isDeadLetters(queue));
    expect(letters.map(({ queue }) => queue).sort()).toEqual(QUEUES.map(deadLetterQueueOf).sort());
    for (const letter of letters) {
      expect(letter).toMatchObject({
        worker: "dead-letter",
        max_batch_size: 100,
        max_batch_timeout: 5,
        max_retries: 100,
      });
      expect(letter.dead_letter_queue, "nothing stands behind a dead-letter queue").toBeUndefined();
    }
  });

  it("leave no setting of a consumer to a default, which differs between here and production", () => {
    for (const { worker: name, text } of workers) {
      for (const block of text.split(/^\[\[queues\.consumers\]\]$/m).slice(1)) {
        const own = block.split(/^\[/m)[0] ?? "";
        const keys = Array.from(own.matchAll(/^(\w+) = /gm), ([, key]) => key);
        expect(keys, `${name}:${own}`).toEqual(
          expect.arrayContaining([
            "queue",
            "max_batch_size",
            "max_batch_timeout",
            "max_retries",
            "max_concurrency",
            "retry_delay",
          ]),
        );
      }
    }
  });

  it("are bound to their producers under the name that is derived from theirs", () => {
    for (const { worker: name, producers } of workers) {
      for (const { queue, binding } of producers) expect(binding, name).toBe(bindingOf(queue));
    }
  });

  it("are produced by the ledger's pump, every one and its dead letters", () => {
    const rung = worker("ledger")
      .producers.map(({ queue }) => queue)
      .sort();
    expect(rung).toEqual([...QUEUES, ...QUEUES.map(deadLetterQueueOf)].sort());
  });

  it("have a producer for their dead letters where they are consumed", () => {
    for (const { queue, worker: name } of work) {
      expect(
        worker(name).producers.map((one) => one.queue),
        name,
      ).toContain(`${queue}-dlq`);
    }
  });

  it("can all be redriven from the console", () => {
    expect(worker("console").producers.map(({ queue }) => queue)).toEqual(expect.arrayContaining([...QUEUES]));
  });

  it("have an executor for every kind that can be executed", () => {
    for (const kind of EXECUTABLE_KINDS) expect(TABLE[queueOfKind(kind)]?.consumer, kind).not.toBe("escalate");
  });
});

describe("the Workers", () => {
  it("have entries that exist, names of their own, and one compatibility date", () => {
    for (const { worker: name, main } of workers) expect(existsSync(main), name).toBe(true);
    expect(new Set(workers.map(({ name }) => name)).size).toBe(workers.length);
    expect(new Set(workers.map(({ compatibilityDate }) => compatibilityDate)).size).toBe(1);
  });

  it("reach the ledger's objects in the ledger's script, and it alone owns them", () => {
    for (const { worker: name, objects } of workers) {
      for (const { className, script } of objects) {
        expect(["LedgerShard", "Gate", "Audit"], name).toContain(className);
        expect(script, `${name}: ${className}`).toBe(name === "ledger" ? null : "countersign-ledger");
      }
    }
  });

  it("state one number of shards, wherever they state it", () => {
    const stated = workers.flatMap(({ vars }) => (vars.LEDGER_SHARDS === undefined ? [] : [vars.LEDGER_SHARDS]));
    expect(new Set(stated)).toEqual(new Set(["64"]));
    expect(stated).toHaveLength(workers.length - 1);
  });

  it("set every variable in the form that its Worker checks", () => {
    for (const { worker: name, vars } of workers)
      expect(() => requireBindings(vars, Object.keys(vars)), name).not.toThrow();
  });

  it("are not public but for ingest, the console neither: no address of workers.dev, no preview, no route", () => {
    const open = workers.filter(({ workersDev, routes }) => workersDev || routes.length > 0);
    expect(open.map(({ worker: name }) => name)).toEqual(["ingest"]);
    expect(workers.filter(({ previewUrls }) => previewUrls).map(({ worker: name }) => name)).toEqual([]);
    // A default is another one in each version of wrangler.
    for (const { worker: name, text } of workers) {
      expect(text, name).toMatch(/^workers_dev = (?:true|false)$/m);
      expect(text, name).toMatch(/^preview_urls = false$/m);
    }
  });
});

describe("who holds which key", () => {
  it("every secret of a Worker has a form, and every form is some Worker's", () => {
    // The console has its token or Cloudflare Access, so its configuration requires neither.
    const required = new Set([...workers.flatMap(({ secrets }) => secrets), "CONSOLE_TOKEN"]);
    expect([...required].sort()).toEqual(Object.keys(SECRETS).sort());
  });

  const holders = (secret: string): string[] =>
    workers
      .filter(({ secrets, vars }) => secrets.includes(secret) || secret in vars)
      .map(({ worker: name }) => name)
      .sort();
  const executors: string[] = [...EXECUTOR_QUEUES].sort();

  it("who decides cannot pay: the provider's writing key is with the executors alone", () => {
    expect(holders("STRIPE_SECRET_KEY")).toEqual(executors);
    expect(holders("STRIPE_READ_KEY")).toEqual(["classifier"]);
  });

  it("who pays cannot decide: the signing key is with the classifier alone, executors, the gate and it verify", () => {
    expect(holders("GRANT_SIGNING_KEY")).toEqual(["classifier"]);
    expect(holders("GRANT_PUBLIC_KEYS")).toEqual([...executors, "classifier", "ledger"].sort());
  });

  it("who decides cannot approve: the approval key is with the console alone, the classifier and it verify", () => {
    expect(holders("APPROVAL_SIGNING_KEY")).toEqual(["console"]);
    expect(holders("APPROVAL_PUBLIC_KEYS")).toEqual(["classifier", "console"]);
  });

  it("who reads the audit cannot write its head: the signing key is with the ledger alone, the console verifies", () => {
    expect(holders("AUDIT_SIGNING_KEY")).toEqual(["ledger"]);
    expect(holders("AUDIT_PUBLIC_KEYS")).toEqual(["console"]);
  });

  it("only the classifier talks to Claude", () => {
    expect(holders("ANTHROPIC_API_KEY")).toEqual(["classifier"]);
  });

  it("the console is deployed with Cloudflare Access and without a token, or with a token", () => {
    const { secrets, vars } = worker("console");
    expect(secrets).not.toContain("CONSOLE_TOKEN");
    expect(whoOf({ ...vars, CONSOLE_TOKEN: "t".repeat(32) }).ok).toBe(true);
    const access = { ACCESS_TEAM_DOMAIN: "example.cloudflareaccess.com", ACCESS_AUDIENCE: "0".repeat(64) };
    expect(whoOf({ ...vars, ...access }).ok).toBe(true);
    // What stands there as a comment is what is to be set.
    for (const name of [...Object.keys(access), "FIRST_ADMIN"])
      expect(worker("console").text).toContain(`# ${name} = `);
  });

  it("only the door knows the senders' secrets", () => {
    for (const secret of ["STRIPE_WEBHOOK_SECRET", "INGEST_KEY", "ADYEN_HMAC_KEY"])
      expect(holders(secret)).toEqual(["ingest"]);
  });

  it("the door has the secret of each webhook, by the name that its registration gives", () => {
    for (const { secret } of Object.values(WEBHOOKS)) expect(holders(secret)).toEqual(["ingest"]);
  });

  it("executors hold each provider's writing key, and who decides its reading key, by the registration's names", () => {
    for (const { executor, reader } of PROVIDERS) {
      if (executor !== null) expect(holders(executor.bindings.apiKey)).toEqual(executors);
      if (reader !== null) expect(holders(reader.bindings.apiKey)).toEqual(["classifier"]);
    }
  });

  it("whoever holds a provider's key has its address too, by the registration's name", () => {
    const addressed = (name: string) => workers.filter(({ vars }) => name in vars).map(({ worker }) => worker);
    for (const { executor, reader } of PROVIDERS) {
      if (executor !== null) expect(addressed(executor.bindings.baseUrl)).toEqual(expect.arrayContaining(executors));
      if (reader !== null) expect(addressed(reader.bindings.baseUrl)).toContain("classifier");
    }
  });

  it("no secret stands in a configuration as a plain variable", () => {
    for (const { worker: name, vars } of workers) {
      expect(
        Object.keys(vars).filter((key) => /KEY|SECRET|TOKEN/.test(key)),
        name,
      ).toEqual([]);
    }
  });
});
