import { beforeEach, describe, expect, it } from "vitest";
import type { Ledger } from "../../../shared/contracts/ledger.ts";
import type { ActionDoorbell, NoticeDoorbell } from "../../../shared/contracts/queues.ts";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../shared/core/time.ts";
import type { Delivery } from "../../../shared/queue/consume.ts";
import { ringForNotice } from "../../../shared/queue/doorbells.ts";
import type { Handled } from "../../../shared/queue/verdict.ts";
import { listCases } from "../../../shared/records/case-list.ts";
import { keepAnswer } from "../../../shared/records/case-work.ts";
import { openCase } from "../../../shared/records/cases.ts";
import type { Database } from "../../../shared/records/database.ts";
import { closeInformation, openInformation } from "../../../shared/records/information.ts";
import { handleDoorbells } from "../../../workers/escalate/batch.ts";
import { createRecords, failing } from "../../helpers/d1.ts";
import { createLocalLedger, newAction, refundAction } from "../../helpers/ledger.ts";
import { policy } from "../../helpers/policy.ts";
import { event, failure, START, succeeded, unknown } from "../../helpers/shard.ts";

const PATIENCE_MS = policy.handling.patienceMs;
/** The pump's longest wait for one row. */
const RING_MS = HOUR_MS;
const action = refundAction(1);
const EVENT = "stripe:evt_1";

let local = createLocalLedger(1);
let { database } = createRecords();
let alarms: Record<string, unknown>[] = [];
beforeEach(() => {
  local = createLocalLedger(1);
  ({ database } = createRecords());
  alarms = [];
});

type Bell = Delivery<NoticeDoorbell | ActionDoorbell>;
const deliver = async (
  bodies: Bell["body"][],
  records: Database = database,
  ledger: Ledger = local.ledger,
): Promise<Handled[]> => {
  const deliveries = bodies.map((body, nth): Bell => ({ id: `m${nth}`, body, attempts: 1, sentAt: 0 }));
  const { now } = local.clock;
  return await handleDoorbells(deliveries, {
    ledger,
    openCase: (opening) => openCase(records, opening),
    policy: null,
    keepAnswer: (id, event, at) => keepAnswer(records, id, event, at),
    openInformation: (opening) => openInformation(records, opening),
    closeInformation: (id, until) => closeInformation(records, id, until, now),
    alarm: (line) => alarms.push(line),
    now,
  });
};
const bellOf = (kind: "action" | "event", id: string, subject: string): NoticeDoorbell => {
  const { body } = ringForNotice({ kind, id, subject }, "n");
  if (body.kind !== "notice") throw new Error("another doorbell");
  return body;
};
const ofAction = bellOf("action", action.id, action.subject);

/** The pump rings, and the Worker of cases comes for what it rings for. */
async function ring(): Promise<Handled[]> {
  return await deliver(local.pump().notices.map(({ kind, id, subject }) => bellOf(kind, id, subject)));
}

const cases = async (): Promise<CaseRow[]> => (await listCases(database, { limit: 100, after: null })).items;
async function lease(): Promise<number> {
  const [begun] = await local.ledger.begin([action]);
  if (begun?.kind !== "granted") throw new Error(`not granted: ${JSON.stringify(begun)}`);
  return begun.fence;
}
const settle = async (outcome: Parameters<typeof local.ledger.settle>[0][number]["outcome"]) =>
  await local.ledger.settle([{ ref: action, fence: await lease(), outcome }]);
const put = async (changes: Parameters<typeof newAction>[1] = {}) =>
  await local.ledger.putActions([newAction(action, changes)]);
const accept = async () => await local.ledger.accept([{ event: event(), raw: "{}", provenance: "signed" }]);

/** What happens again and again, once in `everyMs`, while the pump rings and the Worker of cases works. */
async function goesOn(forMs: number, everyMs: number, happens: () => Promise<unknown>): Promise<void> {
  const end = local.clock.now + forMs;
  while (local.clock.now < end) {
    local.clock.now += everyMs;
    await ring();
    await happens();
  }
  await ring();
}
const nothing = async () => undefined;

/** Every way in which a row waits for ever: how it begins, what happens again and again, and how it ends at last. */
const FOREVER: Record<
  string,
  { begins(): Promise<unknown>; happens(): Promise<unknown>; ends(): Promise<unknown>; id: RegExp; says: string[] }
> = {
  "whose call never has a clear answer": {
    begins: () => put(),
    happens: () => settle(unknown()),
    ends: () => settle(succeeded()),
    id: /^wait_0{31}1$/,
    says: ["a look at the provider", "The last answer was unclear: no clear answer.", "look at the provider's status"],
  },
  "whose provider limits us for ever": {
    begins: () => put(),
    happens: async () => await local.ledger.failAction(action, await lease(), failure("provider_rate_limited")),
    ends: () => settle(succeeded()),
    id: /^wait_0{31}1$/,
    says: ["its executor (queue refund)", "The last failure: provider_rate_limited", "look at the provider's status"],
  },
  "whose Worker dies after every begin": {
    begins: () => put(),
    happens: async () => await local.ledger.begin([action]),
    ends: async () => {
      local.clock.now += 2 * MINUTE_MS;
      await settle(succeeded());
    },
    id: /^wait_0{31}1$/,
    says: ["the end of attempt", "look whether the queue refund is paused"],
  },
  "whose queue is paused": {
    begins: () => put(),
    happens: nothing,
    ends: () => settle(succeeded()),
    id: /^wait_0{31}1$/,
    says: ["Nobody has begun it.", "look whether the queue refund is paused"],
  },
  "whose grant is never good": {
    begins: () => put(),
    happens: async () => {
      await local.ledger.requestGrant(action, await lease(), "policy superseded");
      await local.ledger.regrant([{ ref: action, grant: { kid: "k", claims: "{}", signature: "s" }, notBefore: null }]);
    },
    ends: () => settle(succeeded()),
    id: /^wait_0{31}1$/,
    says: ["It was begun"],
  },
  "which the classifier cannot grant again": {
    begins: () => put({ grant: null }),
    happens: async () => await local.ledger.failAction(action, null, failure("provider_unavailable")),
    ends: async () => await local.ledger.openCase(action, "no", { rule: null, refund: null }),
    id: /^wait_0{31}1$/,
    says: ["a grant of the classifier (queue events)", "The last failure: provider_unavailable"],
  },
  "that Claude limits for ever": {
    begins: accept,
    happens: async () => await local.ledger.failEvent(EVENT, failure("claude_rate_limited")),
    ends: async () =>
      await local.ledger.close([{ id: EVENT, outcome: { kind: "none", reason: "" }, factRowKey: null }]),
    id: /^wait_[0-9a-f]{32}$/,
    says: ["its decision (queue events)", "claude_rate_limited", "the status of the Claude API"],
  },
  "that nobody comes to decide": {
    begins: accept,
    happens: nothing,
    ends: async () =>
      await local.ledger.close([{ id: EVENT, outcome: { kind: "none", reason: "" }, factRowKey: null }]),
    id: /^wait_[0-9a-f]{32}$/,
    says: ["its decision (queue events)", "look whether the queue events is paused", "events-dlq"],
  },
};

describe("a row whose last try had no clear answer", () => {
  const pending = {
    kind: "pending",
    providerObject: "re_1",
    amountMinor: 4_250,
    note: "",
    checkAfterMs: HOUR_MS,
  } as const;

  it.each([
    ["after an outage of ours", () => local.ledger.failAction(action, null, failure("gate_unavailable"))],
    ["after the provider had named a refund", () => settle(pending)],
  ])("says so, and where to look for its effect, also %s", async (_, before) => {
    await put();
    await before();
    local.clock.now += HOUR_MS;
    await goesOn(PATIENCE_MS + RING_MS, 10 * MINUTE_MS, () => settle(unknown()));
    const [opened] = await cases();
    expect(opened?.reason).toContain("The last answer was unclear: no clear answer.");
    expect(opened?.reason).toContain("look at the provider's status");
    expect(opened?.reason).not.toMatch(/gate_unavailable|is paused/);
  });

  it("is told of by its failure where it failed after that", async () => {
    await put();
    await settle(unknown());
    await goesOn(
      PATIENCE_MS + RING_MS,
      10 * MINUTE_MS,
      async () => await local.ledger.failAction(action, await lease(), failure("gate_unavailable")),
    );
    expect((await cases())[0]?.reason).toContain("The last failure: gate_unavailable");
  });
});

describe.each(Object.keys(FOREVER))("a row %s", (name) => {
  const row = FOREVER[name];
  if (row === undefined) throw new Error(name);

  it("opens one case for information once policy's patience is over, goes on, and closes it when it has ended", async () => {
    await row.begins();
    await goesOn(PATIENCE_MS - 10 * MINUTE_MS, 10 * MINUTE_MS, row.happens);
    expect(await cases()).toEqual([]);
    await goesOn(RING_MS + 20 * MINUTE_MS, 10 * MINUTE_MS, row.happens);
    const [opened, ...others] = await cases();
    expect(others).toEqual([]);
    expect(opened).toMatchObject({ state: "open", version: 1, isInformation: 1, closedAt: null });
    expect(opened?.id).toMatch(row.id);
    for (const words of ["No news since 2026-10-23 09:00 UTC", "there is nothing to approve", ...row.says])
      expect(opened?.reason).toContain(words);
    expect(opened?.summary).toContain(opened?.reason);
    expect(alarms).toMatchObject([{ what: "row.waits", case: opened?.id, since: START }]);

    await goesOn(3 * DAY_MS, 10 * MINUTE_MS, row.happens);
    expect(await cases(), "three days later").toEqual([opened]);
    expect(alarms).toHaveLength(1);
    const { waiting, actions, deadLetteredEvents } = await local.ledger.totals();
    expect([waiting.events + waiting.actions, actions, deadLetteredEvents], "it goes on").toEqual([1, [], 0]);

    await row.ends();
    await ring();
    expect(await cases()).toMatchObject([{ id: opened?.id, state: "closed", closedAt: local.clock.now }]);
    expect(await deliver([bellOf(opened?.kind === "event" ? "event" : "action", EVENT, EVENT)])).toEqual([
      { kind: "ack", outcome: "no_notice" },
    ]);
  });
});

it("a row that comes after another one for ever is told of, too, and its case names the other one", async () => {
  const second = refundAction(2, { subject: action.subject, payment: action.payment, amountMinor: 1 });
  await put();
  await local.ledger.putActions([newAction(second)]);
  await goesOn(PATIENCE_MS + RING_MS, 10 * MINUTE_MS, async () => {
    await settle(unknown());
    expect(await local.ledger.begin([second])).toEqual([{ kind: "in_flight" }]);
  });
  const about = (await cases()).find(({ actionId }) => actionId === second.id);
  expect(about?.reason).toContain(`It comes after ${action.id}, another action of the same payment.`);
  expect(about?.reason).toContain(`look at the trace of ${action.id}, which comes first`);
  expect(await cases()).toHaveLength(2);
});

describe("nobody is told", () => {
  const isQuiet = async () => expect([await cases(), alarms]).toEqual([[], []]);

  it("of a refund that is pending for a month, and is read when it is to be read", async () => {
    await put();
    const pending = {
      kind: "pending",
      providerObject: "re_1",
      amountMinor: 4_250,
      note: "",
      checkAfterMs: 6 * HOUR_MS,
    };
    await settle(pending as never);
    await goesOn(30 * DAY_MS, 6 * HOUR_MS, async () => {
      // Each read has a short outage before it.
      await local.ledger.failAction(action, await lease(), failure("provider_unavailable"));
      await ring();
      await settle(pending as never);
    });
    await isQuiet();
  });

  it("of what is on hold for a week, also where the gate does not answer once; nor when it goes on after that", async () => {
    await put();
    const hold = async () =>
      await local.ledger.held([{ ...action, hold: { scope: "all", at: 1 }, reason: "stop", fence: null }]);
    await hold();
    await goesOn(7 * DAY_MS, HOUR_MS, hold);
    await local.ledger.failAction(action, null, failure("gate_unavailable"));
    await ring();
    await goesOn(3 * HOUR_MS, 10 * MINUTE_MS, hold);
    await local.ledger.wake({ scope: "all", at: 1 });
    await goesOn(PATIENCE_MS - 2 * HOUR_MS, 10 * MINUTE_MS, nothing);
    await isQuiet();
  });

  it("of what waits for its time, and for as long as policy's patience after it", async () => {
    await put({ notBefore: START + 3 * DAY_MS });
    await goesOn(3 * DAY_MS + PATIENCE_MS - 10 * MINUTE_MS, 10 * MINUTE_MS, nothing);
    await isQuiet();
    await goesOn(RING_MS + 20 * MINUTE_MS, 10 * MINUTE_MS, nothing);
    expect(await cases()).toMatchObject([{ state: "open" }]);
  });

  it("of the next try at a payment whose grant fails before its time", async () => {
    await put({ grant: null, notBefore: START + 3 * DAY_MS });
    await goesOn(2 * DAY_MS, HOUR_MS, async () => {
      await local.ledger.failAction(action, null, failure("provider_unavailable"));
    });
    await isQuiet();
  });

  it("of what is on its way to people, while D1 does not answer", async () => {
    await put({ grant: null, caseReason: "above the threshold" });
    await local.ledger.putActions([newAction(refundAction(2))]);
    await local.ledger.failAction(refundAction(2), null, failure("queue_exhausted"));
    await goesOn(2 * DAY_MS, HOUR_MS, nothing);
    await isQuiet();
  });

  it("of a row whose attempt is under way when patience ends, and ends well", async () => {
    await put();
    await settle(unknown());
    local.clock.now += PATIENCE_MS - MINUTE_MS;
    await ring();
    local.clock.now += 2 * MINUTE_MS;
    await settle(succeeded());
    await ring();
    await isQuiet();
  });

  it("of rows that are handled as soon as a deployment is back from a night away", async () => {
    await put();
    await accept();
    local.clock.now += 12 * HOUR_MS;
    await ring();
    await settle(succeeded());
    await local.ledger.close([{ id: EVENT, outcome: { kind: "none", reason: "" }, factRowKey: null }]);
    await ring();
    await isQuiet();
  });
});

describe("a row that is told of", () => {
  const isPaused = () => goesOn(PATIENCE_MS + RING_MS, 10 * MINUTE_MS, nothing);

  it("and becomes a case has that case beside the closed one", async () => {
    await put();
    await isPaused();
    await local.ledger.failAction(action, await lease(), failure("guardrail"));
    await ring();
    await deliver([{ kind: "action", id: action.id, subject: action.subject, nonce: "", summary: "" }]);
    const found = (await cases()).map(({ id, state, isInformation }) => [id.slice(0, 5), state, isInformation]);
    expect(found.sort()).toEqual([
      ["case_", "open", 0],
      ["wait_", "closed", 1],
    ]);
  });

  it.each([
    [
      "is put on hold",
      async () =>
        void (await local.ledger.held([{ ...action, hold: { scope: "all", at: 1 }, reason: "", fence: null }])),
    ],
    [
      "is pending at the provider",
      async () =>
        void (await settle({ kind: "pending", providerObject: "re", amountMinor: 1, note: "", checkAfterMs: 1 })),
    ],
    ["dies", async () => void (await local.ledger.failAction(action, null, failure("queue_exhausted")))],
  ])("and %s is told of no longer", async (_name, news) => {
    await put();
    await isPaused();
    await news();
    await ring();
    expect(await cases()).toMatchObject([{ state: "closed" }]);
  });

  it("and waits once more after its news reopens the same case, with what is so now", async () => {
    await put();
    await isPaused();
    await settle({ kind: "pending", providerObject: "re", amountMinor: 1, note: "", checkAfterMs: HOUR_MS });
    await ring();
    await goesOn(HOUR_MS + PATIENCE_MS + RING_MS, 10 * MINUTE_MS, nothing);
    expect(await cases()).toMatchObject([{ state: "open", version: 2, closedAt: null }]);
    expect((await cases())[0]?.reason).toContain("the provider's final answer");
    expect(alarms).toHaveLength(2);
  });

  it("stays told of, once, when the clock is set back by a day", async () => {
    await put();
    await isPaused();
    const before = await cases();
    local.clock.now -= DAY_MS;
    await goesOn(DAY_MS + 6 * HOUR_MS, 10 * MINUTE_MS, () => settle(unknown()));
    expect(await cases()).toEqual(before);
    await settle(succeeded());
    await ring();
    expect(await cases()).toMatchObject([{ state: "closed" }]);
  });
});

describe("a crash, or a Worker that is late, leaves one case", () => {
  const isTold = async () => {
    await put();
    for (let hours = 0; hours < 6; hours++) {
      local.clock.now += HOUR_MS;
      local.pump();
    }
  };

  it("when D1 kept it and its answer was lost", async () => {
    await isTold();
    const lost = failing(database, () => true, "after");
    expect(await deliver([ofAction], lost)).toMatchObject([{ kind: "retry", reason: "records_unavailable" }]);
    expect(await deliver([ofAction])).toEqual([{ kind: "ack", outcome: "told" }]);
    expect(await cases()).toMatchObject([{ state: "open", version: 1 }]);
  });

  it("when D1 does not answer for days: the pump rings until it does", async () => {
    await isTold();
    const away = failing(database, () => true, "before");
    for (let hours = 0; hours < 72; hours++) {
      local.clock.now += HOUR_MS;
      for (const _bell of local.pump().notices) await deliver([ofAction], away);
    }
    expect([await cases(), alarms]).toEqual([[], []]);
    local.clock.now += HOUR_MS;
    await ring();
    expect(await cases()).toMatchObject([{ state: "open", version: 1 }]);
  });

  it("which is there again within a day when D1 has lost it", async () => {
    await isTold();
    await deliver([ofAction]);
    const before = await cases();
    ({ database } = createRecords());
    await goesOn(DAY_MS + RING_MS, HOUR_MS, nothing);
    expect(await cases()).toEqual(before);
    expect(alarms).toHaveLength(1);
  });

  it("when the ledger cannot be told that it is open, or closed", async () => {
    await isTold();
    local.broken.add("noticeKept");
    expect(await deliver([ofAction])).toMatchObject([{ kind: "retry", reason: "ledger_unavailable" }]);
    local.broken.clear();
    await deliver([ofAction]);
    await settle(succeeded());
    local.broken.add("noticeKept");
    await deliver([ofAction]);
    expect(await cases()).toMatchObject([{ state: "closed", version: 1 }]);
    local.broken.clear();
    expect(await deliver([ofAction])).toEqual([{ kind: "ack", outcome: "closed" }]);
    expect(await deliver([ofAction])).toEqual([{ kind: "ack", outcome: "no_notice" }]);
    expect(await cases()).toMatchObject([{ state: "closed", version: 1 }]);
  });

  it.each([
    ["and its case was closed,", async () => void (await ring())],
    ["and nobody has closed its case yet,", nothing],
  ])("when the row has ended, %s before a late Worker opens it", async (_closed, meanwhile) => {
    await isTold();
    const [read] = await local.ledger.notices([{ ...action, kind: "action" }]);
    await settle(succeeded());
    await meanwhile();
    const late = { ...local.ledger, notices: async () => [read ?? null] };
    expect(await deliver([ofAction], database, late)).toMatchObject([{ kind: "retry" }]);
    expect(await cases()).toMatchObject([{ state: "open" }]);
    expect(await deliver([ofAction])).toMatchObject([{ kind: "ack" }]);
    expect(await cases()).toMatchObject([{ state: "closed" }]);
  });

  it("and a doorbell about a row that nobody is told of opens and closes nothing", async () => {
    await put({ grant: null, caseReason: "above the threshold" });
    await deliver([{ kind: "action", id: action.id, subject: action.subject, nonce: "", summary: "" }]);
    expect(await deliver([ofAction, bellOf("event", "stripe:nobody", "stripe:nobody")])).toEqual([
      { kind: "ack", outcome: "no_notice" },
      { kind: "ack", outcome: "no_notice" },
    ]);
    expect(await cases()).toMatchObject([{ state: "open", isInformation: 0 }]);
  });

  it("and of a batch of both kinds each doorbell gets its own answer", async () => {
    await isTold();
    await local.ledger.putActions([newAction(refundAction(2), { grant: null, caseReason: "above the threshold" })]);
    const { id, subject } = refundAction(2);
    const forCase: ActionDoorbell = { kind: "action", id, subject, nonce: "", summary: "" };
    expect(await deliver([ofAction, forCase, ofAction])).toMatchObject([
      { kind: "ack", outcome: "told" },
      { kind: "ack", outcome: "case_open" },
      { kind: expect.stringMatching(/ack|retry/) },
    ]);
    expect(await cases()).toHaveLength(2);
  });
});
