/** One state directory under two deployments: the second one with rotated keys, and with two Workers that must not start. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { bootStack, makeStateDir, removeStateDir, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

const OLD = "ingest-old-key-of-a-whole-length-0123";
const NEW = "ingest-new-key-of-a-whole-length-0123";
const TINY = "tiny-console-token";
const WRITES = "sk_test_that_can_move_money";
const BODY = JSON.stringify({ message: "Refund $42.50 USD, charged twice.", payment: "pi_nobody" });

const stateDir = makeStateDir();
let system: TestStack;
let first: unknown;
const ask = async (key: string): Promise<unknown> => {
  const response = await fetch(`${system.stack.ingestUrl}/v1/requests`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: BODY,
  });
  return await response.json();
};

beforeAll(async () => {
  system = await bootStack({ stateDir, keys: { INGEST_KEY: OLD }, consumers: "none" });
  first = await ask(OLD);
  await system.stop();
  const before = system.stack.keys.CONTENT_HASH_KEY;
  system = await bootStack({
    stateDir,
    keys: {
      INGEST_KEY: `${NEW}\n${OLD}\n`,
      CONTENT_HASH_KEY: `["another-content-hash-key-of-its-length", "${before}"]`,
    },
    varsByWorker: {
      "countersign-console": { CONSOLE_TOKEN: TINY },
      "countersign-classifier": { STRIPE_READ_KEY: WRITES },
    },
  });
});
afterAll(async () => {
  await system?.stop();
  removeStateDir(stateDir);
});

it("a request that is sent again after both keys were rotated is the same event, on the real ledger", async () => {
  expect(first).toMatchObject({ accepted: 1, id: expect.stringMatching(/^request:/) });
  const { id } = first as { id: string };
  for (const key of [NEW, OLD]) expect(await ask(key)).toMatchObject({ id, accepted: 0, duplicates: 1 });
});

it("a console whose token is too short answers 503, and its log names the secret and not its value", async () => {
  const response = await fetch(`${system.stack.consoleUrl}/api/totals`, {
    headers: { authorization: `Bearer ${TINY}` },
  });
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ title: "Service Unavailable" });
  const said = system.logs.map(({ message }) => message).join("\n");
  expect(said).toMatch(/console\.misconfigured.*CONSOLE_TOKEN has fewer than 32 characters/);
  expect(said).not.toContain(TINY);
});

it("a classifier whose key of Stripe can write takes no message, and its log says which key it needs", async () => {
  const said = await waitFor(
    "the classifier to say why it does not start",
    async () => system.logs.map(({ message }) => message).join("\n"),
    (log) => log.includes("classifier.misconfigured"),
    30_000,
  );
  expect(said).toContain("STRIPE_READ_KEY must be a restricted key");
  expect(said).not.toContain(WRITES);
});
