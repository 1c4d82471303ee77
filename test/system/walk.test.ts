import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { providerObjectOf } from "../../shared/contracts/action.ts";
import type { FindAnswer } from "../../shared/contracts/find.ts";
import type { Trace } from "../../shared/contracts/views.ts";
import { tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

/** From each kind of id that a person may have, through the console and the command line, to the bytes. */
let system: TestStack;
let refunded: Trace;
let escalated: Trace;
const told = tell();
const message = `Refund $42.50 USD for invoice ${told.invoice?.number} because duplicate charge was detected.`;
const signed = told.event("invoice.paid", told.invoice ?? told.intent);

beforeAll(async () => {
  system = await bootStack();
  const other = tell();
  await system.stripe.put([...told.objects, ...other.objects]);
  const asked = await system.ingest.request({ message });
  const inVain = await system.ingest.request({ message: `Refund 99.99 USD of payment ${other.id.payment}.` });
  refunded = await system.ended(asked.body.id);
  escalated = await system.ended(inVain.body.id);
}, 120_000);
afterAll(async () => await system?.stop());

type Ran = { stdout: Buffer; text: string; code: number; stderr: string };
async function countersign(...args: string[]): Promise<Ran> {
  const { consoleUrl, keys } = system.stack;
  const env = { PATH: process.env.PATH, COUNTERSIGN_CONSOLE_URL: consoleUrl, CONSOLE_TOKEN: keys.CONSOLE_TOKEN };
  const options = { env, encoding: "buffer" as const, maxBuffer: 50_000_000 };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ["cli/index.ts", ...args], options);
    return { stdout, text: stdout.toString(), code: 0, stderr: "" };
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: Buffer; stderr: Buffer; code: number };
    return { stdout, text: stdout.toString(), code, stderr: stderr.toString() };
  }
}
const refundOf = ({ action }: Trace): string => providerObjectOf(action?.outcome ?? null) ?? "none";
const actionOf = ({ action }: Trace): string => action?.action.id ?? "none";

describe("a trace", () => {
  it.each<[string, () => string]>([
    ["event", () => refunded.id],
    ["event without its source", () => refunded.id.slice(refunded.id.indexOf(":") + 1)],
    ["action", () => actionOf(refunded)],
    ["payment", () => told.id.payment],
    ["charge", () => told.id.charge],
    ["invoice", () => told.id.invoice],
    ["invoice's number", () => told.invoice?.number ?? "none"],
    ["invoice's number in small letters", () => (told.invoice?.number ?? "none").toLowerCase()],
    ["refund", () => refundOf(refunded)],
    ["customer", () => told.id.customer],
  ])("begins at its %s", async (_kind, idOf) => {
    const { text, code, stderr } = await countersign("trace", idOf());
    expect(stderr).toBe("");
    expect(code).toBe(0);
    // Events of Stripe that tell of our refund name it too: then it is a list.
    if (!text.startsWith(`${refunded.id}  succeeded`)) {
      expect(text).toMatch(/^events that name .*, newest first/);
      expect(text).toContain(refunded.id);
      return;
    }
    for (const part of [
      message,
      actionOf(refunded),
      refundOf(refunded),
      `under the key ${actionOf(refunded)}:0`,
      "came back succeeded",
    ])
      expect(text).toContain(part);
    expect(text.trimEnd().endsWith(`raw bytes: npx countersign trace ${refunded.id} --raw`)).toBe(true);
  });

  it("begins at a case, also where the database has lost it", async () => {
    const [row] = (await system.console.cases()).filter(({ eventId }) => eventId === escalated.id);
    const id = row?.id ?? "none";
    expect((await countersign("trace", id)).text).toContain(`${id}  case open: `);
    const database = system.stack.records;
    await database.prepare("DELETE FROM cases WHERE id = ?").bind(id).run();
    expect((await countersign("trace", id)).text).toContain(`${escalated.id}  case_open`);
  });

  it("begins at a dead letter", async () => {
    const queue = await system.stack.miniflare.getQueueProducer<unknown>("REFUND", "countersign-ledger");
    await queue.send({ nonsense: 1 });
    const [letter] = await waitFor(
      "a dead letter",
      () => system.console.deadLetters(),
      (all) => all.length > 0,
      30_000,
    );
    const { text } = await countersign("trace", letter?.id ?? "none");
    expect(text).toContain(`${letter?.id}  dead letter dead, of message`);
    expect(text).toContain(`message:${letter?.id}`);
  });

  it("begins at the sender's own id, a subscription and a customer; of several events it is a list with its end said", async () => {
    const event = (n: number) => ({
      id: `w${n}`,
      type: "customer.note",
      occurredAt: 1_760_000_000_000 + n,
      mode: "test",
      customer: "cus_walk7",
      amountMinor: 1_200,
      currency: "usd",
      ...(n === 7 ? { subscription: "sub_walk7" } : {}),
    });
    for (const n of [7, 8, 9]) expect((await system.ingest.event(event(n))).status).toBe(202);
    for (const id of ["w7", "api:w7", "sub_walk7"])
      expect((await countersign("trace", id)).text, id).toMatch(/^api:w7 {2}none/);
    const { text } = await countersign("trace", "cus_walk7");
    expect(text).toMatch(/^events that name cus_walk7, newest first/);
    expect(text).toMatch(/ {2}api:w9\n +none {2}12\.00 USD {2}customer\.note\n/);
    expect(text).not.toContain("there are more");
    const some = await countersign("trace", "cus_walk7", "--limit", "2");
    expect(some.text).toContain("2 events shown; there are more:\n  npx countersign trace cus_walk7 --limit 4");
    const json = JSON.parse((await countersign("trace", "cus_walk7", "--json")).text) as FindAnswer;
    expect(json.items.map(({ id }) => id).sort()).toEqual(["api:w7", "api:w8", "api:w9"]);
    expect((await countersign("trace", "cus_walk7", "--raw")).stderr).toContain("Say which one");
  });

  it("shows what else came under the event's id, and how it differs", async () => {
    const event = { id: "c1", type: "customer.note", occurredAt: 1_760_000_000_000, mode: "test", customer: "cus_c1" };
    await system.ingest.event({ ...event, amountMinor: 100, currency: "usd" });
    await system.ingest.event({ ...event, amountMinor: 900, currency: "usd" });
    const { text } = await countersign("trace", "c1");
    expect(text).toContain("came with an ingest key");
    expect(text).toContain("amountMinor: 900; stored is 100");
  });

  it("ends at the bytes, exactly as they came", async () => {
    expect((await system.ingest.stripe(signed.body)).status).toBe(202);
    const id = signed.id.replace("stripe:", "");
    for (const one of [id, signed.id]) {
      const { stdout } = await countersign("trace", one, "--raw");
      expect(stdout.equals(Buffer.from(signed.body))).toBe(true);
    }
    const url = `${system.stack.consoleUrl}/api/raw/${encodeURIComponent(signed.id)}`;
    const { headers } = await fetch(url, { headers: { authorization: `Bearer ${system.stack.keys.CONSOLE_TOKEN}` } });
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-type")).toMatch(/^text\/plain/);
  });

  it("of nothing says where it has looked and what to try", async () => {
    const { code, stderr } = await countersign("trace", "INV-99999999");
    expect(code).toBe(1);
    expect(stderr).toContain("Looked for");
    expect(stderr).toContain("Try");
    expect((await countersign("trace", `case_${"0".repeat(32)}`)).stderr).toContain("countersign cases list");
    expect((await countersign("trace", `dl_${"0".repeat(32)}`)).stderr).toContain("countersign dead-letters list");
  });
});
