/** What people wrote, by every door, is nowhere as they wrote it: not in logs, not on disk, and not in what Claude was asked. */
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Told, tell } from "../helpers/payments.ts";
import { bootStack, makeStateDir, removeStateDir, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

/** Test numbers and made-up ones, as people write them, with the parts that must be found nowhere. */
const PRIVATE: readonly (readonly [written: string, ...parts: string[]])[] = [
  ["4242 4242 4242 4242 09/27 cvc 737", "4242 4242", "cvc 737"],
  ["5555555555554444, CVV: 9184", "5555555555554", "CVV: 9184"],
  ["3782-822463-10005", "3782-82", "-822463-"],
  ["4000\u00a00566\u00a05566\u00a05556", "0566\u00a05566"],
  ["6011.1111.1111.1117", "1111.1111"],
  ["de89 3704 0044 0532 0130 00", "3704 0044"],
  ["GB82WEST12345698765432", "WEST1234569"],
  ["anna.berger@mail.example", "anna.berger"],
  ["+49 170 5550199", "170 5550199"],
  ["SSN 078-05-1120", "078-05-1120"],
  ["password: a-made-up-word-9x7q", "made-up-word-9x7q"],
];
const ALL = PRIVATE.map(([written]) => written).join("; ");
const PARTS = PRIVATE.flatMap(([, ...parts]) => parts);
const OTHER_CARD = "2223 0031 2200 3222";
const FORBIDDEN = [...PARTS, "2223 0031"];

const stateDir = makeStateDir();
let system: TestStack;
let told: Told[];
beforeAll(async () => {
  system = await bootStack({ stateDir });
  told = Array.from({ length: 9 }, () => tell());
  await system.stripe.put(told.flatMap(({ objects }) => objects));
});
afterAll(async () => {
  await system?.stop();
  removeStateDir(stateDir);
});

let made = 0;
const own = (text: string | undefined, more: object = {}) => ({
  id: `written-${++made}`,
  type: "countersign.request",
  occurredAt: new Date().toISOString(),
  mode: "test",
  ...(text === undefined ? {} : { text }),
  ...more,
});
const decision = (payment: string, reason: string) =>
  own(undefined, { type: "countersign.decision", payment, proposed: { action: "refund", reason } });
const paymentOf = (index: number): string => told[index]?.id.payment ?? "none";

async function standard(event: object): Promise<number> {
  const [body, at] = [JSON.stringify(event), String(Math.floor(Date.now() / 1000))];
  const secret = Buffer.from(system.stack.keys.STANDARD_WEBHOOK_SECRET.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", secret).update(`msg_${made}.${at}.${body}`).digest("base64");
  const headers = { "webhook-id": `msg_${made}`, "webhook-timestamp": at, "webhook-signature": `v1,${signature}` };
  return (await system.ingest.door("/webhooks/standard", body, { "content-type": "application/json", ...headers }))
    .status;
}

async function console(path: string, body: object): Promise<number> {
  const { consoleUrl, keys } = system.stack;
  const headers = { authorization: `Bearer ${keys.CONSOLE_TOKEN}`, "content-type": "application/json" };
  return (await fetch(`${consoleUrl}${path}`, { method: "POST", headers, body: JSON.stringify(body) })).status;
}

/** Each door, with all that is private in it; each answer shows that it was taken. */
async function writeEverywhere(): Promise<void> {
  const statuses = await Promise.all([
    // Only certain identifiers: Claude is asked, and sees what hides them.
    system.ingest.request({ message: "Please refund me. Card 4242 4242 4242 4242.", payment: paymentOf(0) }),
    system.ingest.request({ message: `Refund ${paymentOf(1)}. ${ALL}` }, { "idempotency-key": "4242 4242 4242 4242" }),
    system.ingest.decision({
      source: `the desk of anna.berger@mail.example`,
      decision: { action: "refund", reason: ALL, next_agent: `call +49 170 5550199`, payment: paymentOf(2) },
    }),
    system.ingest.event(own(`Refund ${paymentOf(3)}. ${ALL}`)),
    system.ingest.event(decision(paymentOf(4), ALL)),
    system.ingest.event([
      own(`Refund ${paymentOf(5)}. ${ALL}`),
      own(ALL, { type: "customer.updated", declineCode: ALL.slice(0, 90) }),
    ]),
    system.ingest.lines([JSON.stringify(own(`Refund ${paymentOf(6)}. ${ALL}`))], "?lane=batch"),
    system.ingest.event(exportedWith(ALL)),
    // Refused, and quoted nowhere.
    system.ingest.lines([`{"text": "${ALL}`, JSON.stringify(own(ALL, { [ALL]: ALL }))]),
  ]);
  expect(statuses.map(({ status }) => status)).toEqual([202, 202, 200, 202, 202, 202, 202, 202, 202]);
  expect((await system.ingest.request({ message: ALL, [ALL]: 1 })).status).toBe(400);
  expect(await standard(own(`Refund ${paymentOf(7)}. ${ALL}`))).toBe(202);
  expect(await standard(decision(paymentOf(8), ALL))).toBe(202);
}

function exportedWith(words: string): object {
  const [one] = told;
  if (one === undefined) throw new Error("there are no payments");
  const event = JSON.parse(one.event("customer.updated", one.customer).body) as { data: { object: object } };
  const metadata = { note: words, cvc: "9184", [words.slice(0, 40)]: "x" };
  return {
    ...event,
    data: { object: { ...event.data.object, description: words, email: words.slice(0, 60), metadata } },
  };
}

const linesWith = (text: string): string[] => FORBIDDEN.filter((part) => text.includes(part));
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name));

/** Every cell of every table. */
function contentOf(file: string): string {
  const sqlite = new DatabaseSync(file, { readOnly: true });
  const tables = sqlite.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[];
  const rows = tables.map(({ name }) => {
    const all = sqlite.prepare(`SELECT * FROM "${name}"`);
    // An alarm's time is in nanoseconds.
    all.setReadBigInts(true);
    const cells = all.all();
    return JSON.stringify(cells, (_key, value: unknown) =>
      value instanceof Uint8Array
        ? Buffer.from(value).toString("utf8")
        : typeof value === "bigint"
          ? String(value)
          : value,
    );
  });
  sqlite.close();
  return rows.join("\n");
}

describe("what people wrote", () => {
  it("is found nowhere: not in logs, requests to Claude and to the provider, cases, dead letters, and on no disk", async () => {
    await writeEverywhere();
    // The same ids with another card: kept as conflicts.
    const first = own(`Refund ${paymentOf(3)}. 4242 4242 4242 4242`, { id: "again" });
    const answers = [];
    for (const text of [first.text, first.text, `Refund ${paymentOf(3)}. ${OTHER_CARD}`]) {
      answers.push((await system.ingest.event({ ...first, text })).body);
    }
    expect(answers).toMatchObject([{ accepted: 1 }, { duplicates: 1 }, { conflicts: 1 }]);
    // People at the console, and what somebody puts into a queue.
    expect(await console("/api/holds", { scope: `payment:${paymentOf(3)}`, reason: ALL })).toBe(200);
    expect(await console("/api/holds/lift", { scope: `payment:${paymentOf(3)}`, reason: ALL })).toBe(200);
    const producer = await system.stack.miniflare.getQueueProducer<unknown>("REFUND", "countersign-ledger");
    await producer.send({ written: ALL, cvc: "9184" });
    await producer.send(ALL);
    const letters = await waitFor(
      "both messages to be dead letters",
      () => system.console.deadLetters(),
      (all) => all.length === 2,
      20_000,
    );
    await system.console.discard(
      letters.map(({ id }) => id),
      ALL,
    );
    await system.quiet();

    // The search would find it: what hides it is there, also in what Claude was asked.
    expect(await system.claude.callsAbout("[card]")).toBeGreaterThan(0);
    const cases = JSON.stringify(await system.console.cases());
    expect(cases).toContain("[");
    const discarded = JSON.stringify(await system.console.deadLetters());
    expect(discarded).toContain("[card]");

    const asked = await Promise.all(FORBIDDEN.map((part) => system.claude.callsAbout(part)));
    expect(asked).toEqual(FORBIDDEN.map(() => 0));
    expect(linesWith(JSON.stringify(await system.stripe.requests()))).toEqual([]);
    expect(linesWith(system.logs.map(({ message }) => message).join("\n"))).toEqual([]);
    expect(linesWith(cases + discarded)).toEqual([]);

    await system.stop();
    const files = filesIn(join(stateDir, "workers"));
    const databases = files.filter((file) => file.endsWith(".sqlite"));
    const kept = databases.map((file) => contentOf(file));
    expect(kept.filter((text) => text.includes("[card]")).length).toBeGreaterThanOrEqual(2);
    expect(kept.flatMap(linesWith)).toEqual([]);
    // Also what was overwritten, and what stands in no table any more.
    expect(files.flatMap((file) => linesWith(readFileSync(file, "utf8")).map((part) => `${file}: ${part}`))).toEqual(
      [],
    );
  }, 120_000);
});
