import { afterAll, beforeAll, expect, it } from "vitest";
import type { Shown } from "../../cli/commands/cases/show.ts";
import type { CaseRow } from "../../shared/contracts/records.ts";
import { mapLimit } from "../../shared/core/concurrency.ts";
import { disputeOf, type Told, tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

/** Fifty cases of mixed kinds, worked by one person with `next` until none is left. */
let system: TestStack;
let token = "";
beforeAll(async () => {
  system = await bootStack({ vars: { SWEEP_MS: "200" } });
  const added = await api<{ token: string }>("/api/people", { name: "Ann", roles: ["approver", "reviewer"] });
  token = added.token;
}, 60_000);
afterAll(() => system?.stop());

let keys = 0;
async function api<T>(path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${system.stack.consoleUrl}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${token === "" ? system.stack.keys.CONSOLE_TOKEN : token}`,
      "content-type": "application/json",
      "idempotency-key": `key-${++keys}`,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

async function paid(): Promise<Told> {
  const told = tell();
  await system.stripe.put(told.objects);
  return told;
}
const asks = async (message: string): Promise<unknown> => await system.ingest.request({ message });
/** One case each. */
const MAKE: Record<string, () => Promise<unknown>> = {
  "more than was captured": async () => await asks(`Refund 99.99 USD of payment ${(await paid()).id.payment}.`),
  "refunded by hand before": async () => {
    const { id } = await paid();
    await system.stripe.control("refunds", { payment_intent: id.payment, amount: 1_000 });
    return await asks(`Refund 10.00 USD of payment ${id.payment}.`);
  },
  "a dispute": async () => {
    const told = await paid();
    return await system.ingest.stripe(told.event("charge.dispute.created", disputeOf(told)).body);
  },
  "a fraud warning": async () => {
    const told = await paid();
    const warning = { object: "radar.early_fraud_warning", id: `issfr_${told.id.charge}`, livemode: false };
    const more = { actionable: true, charge: told.id.charge, fraud_type: "misc", payment_intent: told.id.payment };
    return await system.ingest.stripe(
      told.event("radar.early_fraud_warning.created", { ...warning, ...more } as never).body,
    );
  },
  "an event with a field that cannot be read": async () => {
    const told = await paid();
    const dispute = { ...disputeOf(told), amount: "many" };
    return await system.ingest.stripe(told.event("charge.dispute.created", dispute as never).body);
  },
  "words that are in doubt": async () =>
    await asks(`Please refund a part of payment ${(await paid()).id.payment}, say half or a third.`),
};
/** Beside ten of the others. */
const FIVE = ["a dispute", "an event with a field that cannot be read"];

const toDecide = async (): Promise<CaseRow[]> =>
  (await api<{ items: CaseRow[] }>("/api/cases?state=open&information=no&limit=200")).items;

/** The act that a route makes. */
const actOf = (name: string): string => `case.${name === "ask" ? "question" : name}`;

type Done = { acts: string[]; approved: string[]; denied: string[] };
/** What one person does with the case that comes next, by what it shows. */
async function work(row: CaseRow, n: number, done: Done): Promise<void> {
  const act = async (name: string, body: unknown): Promise<void> => {
    await api(`/api/cases/${row.id}/${name}`, body);
    done.acts.push(`${actOf(name)} ${row.id}`);
  };
  const seen = (name: string): boolean => done.acts.includes(`${actOf(name)} ${row.id}`);
  if (n % 5 === 0 && !seen("note")) await act("note", { text: "read it" });
  if (n % 7 === 0 && !seen("snooze")) return await act("snooze", { until: Date.now() + 300 });
  if (n % 6 === 0 && !seen("ask")) {
    await act("ask", { text: "which order?" });
    // It is not next while it waits for its answer.
    const { case: next } = await api<{ case: CaseRow | null }>("/api/cases/next");
    expect(next?.id).not.toBe(row.id);
    return await act("answer", { text: "the red one" });
  }
  const { decide, details, codes } = await api<Shown>(`/api/cases/${row.id}`);
  if (decide == null || codes == null) throw new Error(`${row.id} is next, and there is nothing to decide`);
  expect(details?.says.length).toBeGreaterThan(0);
  const verdicts = details?.verdicts ?? [];
  const overrides = verdicts.filter((one) => one.mayBeOverridden).map(({ rule }) => rule);
  const mayPass = row.kind === "refund" && verdicts.every((one) => one.mayBeOverridden);
  const isOver = row.kind === "refund" && row.rule === "captured";
  const turn = done.approved.length <= done.denied.length;
  if ((mayPass || isOver) && turn) {
    const change = isOver ? { change: { amountMinor: 500, currency: "usd" } } : {};
    await act("approve", { ...decide, overrides, ...change });
    done.approved.push(row.actionId);
  } else if (row.kind === "refund") {
    await act("deny", { ...decide, code: Object.keys(codes.deny)[0] });
    done.denied.push(row.actionId);
  } else await act("close", { ...decide, code: Object.keys(codes.close)[0], reason: "seen to" });
}

it("works fifty cases of mixed kinds until none is left: what was approved is executed once, and nothing else", async () => {
  const makers = Object.entries(MAKE).flatMap(([name, make]) =>
    Array.from({ length: FIVE.includes(name) ? 5 : 10 }, () => make),
  );
  await mapLimit(makers, 8, async (make) => await make());
  const cases = await waitFor("fifty cases", toDecide, (items) => items.length === 50, 40_000);
  const kinds = new Set(cases.map(({ about }) => about));
  expect([...kinds].sort()).toEqual(["defective", "dispute", "fraud_warning", "refund"]);

  const done: Done = { acts: [], approved: [], denied: [] };
  const numbers = new Map<string, number>();
  for (let steps = 0; steps < 400; steps++) {
    const { case: row } = await api<{ case: CaseRow | null }>("/api/cases/next");
    if (row === null && (await toDecide()).length === 0) break;
    // What is aside comes back by itself.
    if (row === null) await new Promise((resolve) => setTimeout(resolve, 50));
    else {
      numbers.set(row.id, numbers.get(row.id) ?? numbers.size + 1);
      await work(row, numbers.get(row.id) ?? 0, done);
    }
  }
  expect(await toDecide()).toEqual([]);
  expect(numbers.size).toBe(50);
  for (const name of ["note", "snooze", "ask", "answer", "approve", "deny", "close"])
    expect(done.acts.filter((act) => act.startsWith(`${actOf(name)} `)).length, name).toBeGreaterThan(2);

  await system.quiet(40_000);
  const refunds = (await system.stripe.objects()).filter(({ object }) => object === "refund");
  const executed = refunds.flatMap(({ metadata }) => (metadata as { action_id?: string })?.action_id ?? []);
  expect(executed.toSorted()).toEqual(done.approved.toSorted());
  expect(await toDecide()).toEqual([]);

  // The audit has one entry for each act, and verifies.
  type Entry = { what: string; about: string };
  const entries: Entry[] = [];
  let cursor: string | null = null;
  do {
    const from: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page: { items: Entry[]; next: string | null } = await api(`/api/audit?limit=200${from}`);
    entries.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  const acts = entries.filter(({ what }) => what.startsWith("case.")).map(({ what, about }) => `${what} ${about}`);
  expect(acts.toSorted()).toEqual(done.acts.toSorted());
  expect(await api("/api/audit/verify")).toMatchObject({ findings: [], next: null });
}, 120_000);
