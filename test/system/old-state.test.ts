/**
 * The state directory of a stack of b8fe3b2, started by the code at hand. It was left by b8fe3b2 with stand-ins: some events
 * were settled, one refund was held, one had lost its answer, and the last were accepted while nobody worked.
 * stack-sent.ndjson is what had been sent, in order.
 */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Keys } from "../../cli/stack/index.ts";
import { FIXTURES, readFixture } from "../helpers/identities.ts";
import { bootStack, makeStateDir, removeStateDir, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

type Sent = { door: "stripe" | "events" | "requests"; id: string; body: string };

const sent = readFixture("old-state/stack-sent.ndjson")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Sent);
const ACCEPTED = 24;
/** Payments, each with one refund that was asked for once. */
const SETTLED = "pi_d0Mtt5cM6GPH0fzumh2evoRO";
const LOST = "pi_yP2Tl2shEiQsnmjEA10J3Emo";
const HELD = "pi_gVcAehvFyZUhDmRiJ705VLoe";
const WAITING = "pi_8m6NFR4YgMd4fJUbqfvGcnrq";

/** The keys of callers that it was left with are shorter than one may be now. Its grant keys are as they were. */
const LONGER: Partial<Keys> = {
  INGEST_KEY: "ingest_fixture_not_a_secret_of_a_whole_length",
  READ_KEY: "read_fixture_not_a_secret_of_a_whole_length",
  CONSOLE_TOKEN: "console_fixture_not_a_secret_of_a_whole_length",
  STRIPE_WEBHOOK_SECRET: "whsec_fixture_not_a_secret_of_a_whole_length",
};

const stateDir = makeStateDir();
let system: TestStack;
beforeAll(async () => {
  cpSync(join(FIXTURES, "old-state/stack"), stateDir, { recursive: true });
  system = await bootStack({ stateDir, keys: LONGER });
});
afterAll(async () => {
  await system?.stop();
  removeStateDir(stateDir);
});

const idOfRefund = (payment: string): string => {
  const found = sent.find(({ door, body }) => door === "requests" && body.includes(payment));
  if (found === undefined) throw new Error(`no refund of ${payment} was asked for`);
  return found.id;
};

async function liftHold(): Promise<unknown> {
  const { consoleUrl, keys } = system.stack;
  const response = await fetch(`${consoleUrl}/api/holds/lift`, {
    method: "POST",
    headers: { authorization: `Bearer ${keys.CONSOLE_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ scope: `payment:${HELD}`, reason: "the test goes on" }),
  });
  return await response.json();
}

describe("a stack that is started on the state of an older deployment", () => {
  it("settles all that waited, executes what was held once it is lifted, and loses and repeats nothing", async () => {
    const before = await waitFor(
      "all but what is held to settle",
      () => system.console.totals(),
      ({ waiting }) => waiting.events === 0 && waiting.actions === 1,
      90_000,
    );
    expect(before.holds.newest).toMatchObject([{ scope: `payment:${HELD}`, by: "person" }]);
    expect((await system.console.trace(idOfRefund(HELD))).action?.held?.scope).toBe(`payment:${HELD}`);
    expect(await system.refundsOf(HELD)).toEqual([]);

    expect(await liftHold()).toMatchObject({ result: "lifted", woken: 1 });
    const { totals } = await system.quiet(90_000);
    expect(totals.accepted).toBeGreaterThanOrEqual(ACCEPTED);
    expect(totals).toMatchObject({ waiting: { events: 0, actions: 0 }, conflicts: 0, deadLetteredEvents: 0 });
    const traces = await Promise.all(sent.map(({ id }) => system.console.trace(id)));
    expect(traces.filter(({ terminal }) => !terminal).map(({ id, state }) => [id, state])).toEqual([]);
    expect(await system.console.deadLetters()).toEqual([]);

    expect((await system.console.trace(idOfRefund(SETTLED))).state).toBe("succeeded");
    expect((await system.console.trace(idOfRefund(LOST))).state).toBe("succeeded");
    // Those that had not been sent are a person's once their payment is older than the refund window.
    for (const payment of [HELD, WAITING])
      expect(["succeeded", "case_open"]).toContain((await system.console.trace(idOfRefund(payment))).state);
    for (const payment of [SETTLED, LOST]) expect((await system.refundsOf(payment)).length, payment).toBe(1);
    for (const payment of [HELD, WAITING]) {
      const isDone = (await system.console.trace(idOfRefund(payment))).state === "succeeded";
      expect((await system.refundsOf(payment)).length, payment).toBe(isDone ? 1 : 0);
    }
    // What waited without a grant was none of somebody else's.
    expect(system.logs.filter(({ message }) => message.includes("grant.forged"))).toEqual([]);
    expect((await system.console.totals()).holds.count).toBe(0);
    const cases = await system.console.cases();
    expect(cases.length).toBe(
      totals.actions.reduce((sum, one) => sum + (one.state === "case_open" ? one.count : 0), 0),
    );
  });

  it("knows each event that it was sent before: none is accepted a second time", async () => {
    const { accepted } = await system.console.totals();
    for (const { door, body, id } of sent) {
      // A request is a new one after a day, so it is not sent again.
      if (door === "requests") continue;
      const answer = door === "stripe" ? await system.ingest.stripe(body) : await system.ingest.lines([body]);
      expect(answer.body, id).toMatchObject({ accepted: 0, duplicates: 1, conflicts: 0 });
    }
    expect((await system.console.totals()).accepted).toBe(accepted);
  });
});
