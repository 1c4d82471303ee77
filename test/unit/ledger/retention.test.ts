import { describe, expect, it } from "vitest";
import type { RecordedDecision } from "../../../shared/contracts/decision.ts";
import type { AcceptItem, NewAction, NewDecision } from "../../../shared/contracts/ledger.ts";
import type { FactRowKey } from "../../../shared/core/ids.ts";
import { DAY_MS, HOUR_MS } from "../../../shared/core/time.ts";
import { RETENTION_DAYS } from "../../../shared/ledger/settings.ts";
import { REMOVED_AT_ONCE } from "../../../shared/ledger/shard/retention.ts";
import { REMOVED, TEXT_REMOVED } from "../../../shared/ledger/shard/texts.ts";
import { createLocalLedger } from "../../helpers/ledger.ts";
import { doChores, event, failure, first, openShard, refund, succeeded } from "../../helpers/shard.ts";

/** A day more than what is said: a clock may have been a day behind. */
const OLD = (RETENTION_DAYS + 1) * DAY_MS + 1;
/** What people, providers and Claude wrote. It must be nowhere any more. */
const SECRET = "Erika Mustermann";

const KEY = "fact_row_1" as FactRowKey;
const request = event({
  text: `please refund ${SECRET}`,
  payment: "pi_1",
  amountMinor: 4_250,
});
const asItem = (told = request): AcceptItem => ({
  event: told,
  raw: JSON.stringify({ told, by: SECRET }),
  provenance: "keyed",
});
const toAction = (item: NewAction, id = request.id) => ({
  id,
  outcome: {
    kind: "action",
    actionId: item.action.id,
    subject: item.action.subject,
    reason: `asked by ${SECRET}`,
  } as const,
  factRowKey: KEY,
});
const decided = (item: NewAction): NewDecision => ({
  factRowKey: KEY,
  eventId: request.id,
  grant: item.grant,
  decision: {
    kind: "action",
    action: item.action,
    caseReason: `what ${SECRET} wrote`,
    record: {
      by: "agent",
      reason: `${SECRET} asks for all of it`,
      proposal: { action: "refund", amountMinor: 4_250, currency: "usd", target: "pi_1" },
      verdicts: [{ rule: "four_eyes", verdict: "allow", reason: `not ${SECRET}` }],
      policyVersion: "policy_1",
      agent: {
        agent: "router",
        model: "claude-haiku-5-5",
        promptHash: "hash_1",
        projection: `{"text":"${SECRET}"}`,
        rawAnswer: `{"why":"${SECRET}"}`,
        requestId: "req_1",
        usage: { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4 },
      },
    },
  },
});

/** Everything about one refund in one shard, with its event, fact and action, settled. */
function settled() {
  const shard = openShard();
  const item = refund(1);
  shard.shard.accept([asItem()], shard.clock.now);
  shard.shard.recordDecisions([decided(item)], shard.clock.now);
  shard.put(item);
  shard.fail(item, shard.lease(item).fence, { reason: "provider_unavailable", detail: `no answer about ${SECRET}` });
  shard.pass(HOUR_MS);
  shard.shard.close([toAction(item)], shard.clock.now);
  const { fence } = shard.lease(item);
  shard.settle(item, fence, { ...succeeded(4_250), note: `refunded ${SECRET}` } as ReturnType<typeof succeeded>);
  return { ...shard, item };
}
type Opened = ReturnType<typeof openShard>;

/** All that the shard has on disk about events and actions. */
const dump = ({ sql }: Pick<Opened, "sql">): string =>
  ["event", "event_state", "conflict", "fact", "action", "action_state", "key"]
    .map((table) => `${table}: ${JSON.stringify(sql.exec(`SELECT * FROM ${table}`).toArray())}`)
    .join("\n");
const grow = ({ shard, clock, pass }: Opened, ms = OLD, isOver = true): void => {
  pass(ms);
  doChores(shard, clock.now, (ref) => isOver && shard.isOver([ref])[0] === true);
};

describe("after RETENTION_DAYS", () => {
  it("no byte is left of what anybody wrote, in no table", () => {
    const one = settled();
    expect(dump(one)).toContain(SECRET);
    grow(one);
    expect(dump(one)).not.toContain(SECRET);
    expect(one.shard.rawOf(request.id)).toBeNull();
  });

  it("the record stays: ids, amounts, states, times, kinds, and who decided under which policy", () => {
    const one = settled();
    const before = { event: one.shard.eventView(request.id), action: one.view(one.item), fact: factOf(one) };
    grow(one);
    const { text: _text, ...rest } = request;
    expect(one.shard.eventView(request.id)).toEqual({
      ...before.event,
      event: rest,
      outcome: { ...before.event?.outcome, reason: REMOVED },
      textRemovedAt: one.clock.now,
      history: expect.any(Array),
    });
    const action = one.view(one.item);
    expect(action).toEqual({
      ...before.action,
      outcome: { kind: "succeeded", providerObject: "re_1", amountMinor: 4_250, note: REMOVED },
      failure: before.action.failure && { ...before.action.failure, detail: REMOVED },
      textRemovedAt: one.clock.now,
      history: expect.any(Array),
    });
    expect(action.history.slice(0, -1).map(({ at, what }) => [at, what])).toEqual(
      before.action.history.map(({ at, what }) => [at, what]),
    );
    expect(action.grant).toEqual(before.action.grant);
    expect(factOf(one)).toMatchObject({
      decidedAt: before.fact?.decidedAt,
      grant: before.fact?.grant,
      decision: {
        kind: "action",
        action: one.item.action,
        caseReason: REMOVED,
        record: {
          by: "agent",
          proposal: { target: "pi_1", amountMinor: 4_250 },
          verdicts: [{ rule: "four_eyes", verdict: "allow", reason: REMOVED }],
          policyVersion: "policy_1",
          agent: {
            model: "claude-haiku-5-5",
            promptHash: "hash_1",
            projection: REMOVED,
            rawAnswer: REMOVED,
            requestId: "req_1",
          },
        },
      },
    });
  });

  it("the trace says that the text was removed, and after how long", () => {
    const one = settled();
    grow(one);
    for (const view of [one.shard.eventView(request.id), one.view(one.item)])
      expect(view?.history.at(-1)).toEqual({
        at: one.clock.now,
        what: TEXT_REMOVED,
        detail: `after ${RETENTION_DAYS} days (RETENTION_DAYS)`,
      });
  });

  it("what is younger keeps its texts, also where a clock was a day behind when it was written", () => {
    const one = settled();
    const before = dump(one);
    grow(one, RETENTION_DAYS * DAY_MS);
    grow(one, DAY_MS - 2 * HOUR_MS);
    expect(dump(one)).toBe(before);
  });

  it("the reason stays of what a rule of ours closed at the door", () => {
    const one = openShard();
    const told = event({ type: "customer.created", text: SECRET });
    one.shard.accept([asItem(told)], one.clock.now);
    const { outcome } = one.shard.eventView(told.id) ?? {};
    grow(one);
    expect(one.shard.eventView(told.id)).toMatchObject({ outcome, textRemovedAt: one.clock.now });
    expect(dump(one)).not.toContain(SECRET);
  });

  it("our own events lose theirs as well: what people wrote about a hold, and a message without a row", () => {
    const one = openShard();
    const own = ["countersign.hold", "countersign.lift", "countersign.redrive", "countersign.discard"].map((type) =>
      event({ id: `${type}:1`, type, text: SECRET }),
    );
    one.shard.accept(own.map(asItem), one.clock.now);
    grow(one);
    expect(dump(one)).not.toContain(SECRET);
  });

  it("the other contents of an id go, and how many came stays", () => {
    const one = settled();
    one.shard.accept([asItem({ ...request, amountMinor: 1, text: `${SECRET} again` })], one.clock.now);
    expect(one.shard.eventView(request.id)?.conflicts).toBe(1);
    grow(one);
    expect(one.sql.exec("SELECT id FROM conflict").toArray()).toEqual([]);
    expect(one.shard.eventView(request.id)?.conflicts).toBe(1);
  });

  it("a conflict that came later is kept until its own time", () => {
    const one = settled();
    one.pass(100 * DAY_MS);
    one.shard.accept([asItem({ ...request, amountMinor: 1, text: "later" })], one.clock.now);
    grow(one, OLD - 100 * DAY_MS);
    expect(one.sql.exec("SELECT id FROM conflict").toArray()).toHaveLength(1);
    grow(one, 100 * DAY_MS);
    expect(one.sql.exec("SELECT id FROM conflict").toArray()).toEqual([]);
  });

  it("the same event again is a duplicate, and another amount under its id a conflict", () => {
    const one = settled();
    grow(one);
    expect(one.shard.accept([asItem()], one.clock.now)).toEqual(["duplicate"]);
    expect(one.shard.accept([asItem({ ...request, amountMinor: 1 })], one.clock.now)).toEqual(["conflict"]);
  });

  it("what is compared whole is a duplicate too when it comes again, though its words are gone", () => {
    const one = openShard();
    const hold = event({ id: "hold:1", type: "countersign.hold", text: SECRET });
    one.shard.accept([asItem(hold)], one.clock.now);
    grow(one);
    expect(one.shard.accept([asItem(hold)], one.clock.now)).toEqual(["duplicate"]);
    expect(one.shard.accept([asItem({ ...hold, payment: "pi_2" })], one.clock.now)).toEqual(["conflict"]);
  });

  it("what is written to an action later goes again after its own time", () => {
    const one = settled();
    grow(one);
    const report = { ref: one.refOf(one.item), says: "failed", refund: "re_1" } as const;
    one.shard.recheck([report], one.clock.now);
    one.settle(one.item, one.lease(one.item).fence, { ...succeeded(4_250), note: SECRET } as ReturnType<
      typeof succeeded
    >);
    expect(dump(one)).toContain(SECRET);
    grow(one, RETENTION_DAYS * DAY_MS);
    expect(dump(one)).toContain(SECRET);
    grow(one, DAY_MS + 1);
    expect(dump(one)).not.toContain(SECRET);
  });

  it("nothing more is written once all is removed, though a clock is set back a day and comes back", () => {
    const one = settled();
    grow(one);
    const after = dump(one);
    for (const ms of [-DAY_MS, DAY_MS, DAY_MS, 3 * DAY_MS]) {
      grow(one, ms);
      expect(dump(one)).toBe(after);
    }
  });
});

describe("never loses its texts, however old", () => {
  const untouched = (one: Opened): void => {
    const before = dump(one);
    for (const ms of [OLD, DAY_MS, 400 * DAY_MS]) grow(one, ms);
    expect(dump(one)).toBe(before);
  };

  it("an event that waits for its decision, and a conflict of it", () => {
    const one = openShard();
    one.shard.accept([asItem(), asItem({ ...request, amountMinor: 1 })], one.clock.now);
    untouched(one);
  });

  it("a dead letter, which a person may redrive", () => {
    const one = openShard();
    one.shard.accept([asItem()], one.clock.now);
    one.shard.failEvent(request.id, failure("claude_bad_request"), one.clock.now);
    one.shard.failEvent(request.id, failure("queue_exhausted"), one.clock.now);
    untouched(one);
    one.shard.deadLettered({ kind: "event", id: request.id }, one.clock.now);
    expect(one.shard.eventView(request.id)?.state).toBe("dead_lettered");
    untouched(one);
  });

  it.each([
    ["is ready", (_one: Opened, _item: NewAction): void => undefined],
    ["is pending", (one: Opened, item: NewAction): void => pend(one, item)],
    ["is dead-lettered", (one: Opened, item: NewAction): void => bury(one, item)],
    ["has its case open", (one: Opened, item: NewAction): void => openCase(one, item)],
  ] as const)("an action that %s, its event and its fact", (_name, bring) => {
    const one = openShard();
    const item = refund(1);
    one.shard.accept([asItem()], one.clock.now);
    one.shard.recordDecisions([decided(item)], one.clock.now);
    one.put(item);
    one.shard.close([toAction(item)], one.clock.now);
    bring(one, item);
    untouched(one);
  });

  it("the first try of a payment whose next try has its case open", () => {
    const one = openShard();
    const tries = [1, 2].map((step) => refund(step, { subject: "pi_1", payment: "pi_1", factKey: "fact_1", step }));
    const [item = refund(1), next = refund(2)] = tries;
    one.shard.accept([asItem()], one.clock.now);
    one.shard.recordDecisions([decided(item)], one.clock.now);
    one.put(item);
    one.settle(item, one.lease(item).fence, { kind: "declined", note: SECRET, declineCode: "x", next: null });
    one.shard.close([toAction(item)], one.clock.now);
    one.put(next);
    openCase(one, next);
    untouched(one);
  });
});

describe("over several shards", () => {
  async function spread() {
    const local = createLocalLedger(5);
    const items = Array.from({ length: 30 }, (_, n) => refund(n + 1));
    const told = items.map((_, n) => event({ ...request, id: `stripe:evt_${n}`, text: SECRET }));
    await local.ledger.accept(told.map(asItem));
    await local.ledger.putActions(items);
    await local.ledger.close(items.map((item, n) => toAction(item, `stripe:evt_${n}`)));
    const view = async (n: number) => await local.ledger.eventView(`stripe:evt_${n}`);
    return { ...local, items, view };
  }

  it("an event keeps its text while its action, in another shard, has its case open", async () => {
    const { ledger, clock, chores, items, view } = await spread();
    const refs = items.map(({ action: { id, subject } }) => ({ id, subject }));
    for (const [n, ref] of refs.entries())
      if (n % 2 === 0) await ledger.failAction(ref, null, failure("guardrail"), null);
      else await ledger.settle([{ ref, fence: await fenceOf(ledger, ref), outcome: succeeded() }]);
    await ledger.caseOpened(refs.filter((_, n) => n % 2 === 0));
    clock.now += OLD;
    await chores();
    for (const n of refs.keys()) expect((await view(n))?.event.text).toBe(n % 2 === 0 ? SECRET : undefined);
  });

  it("nothing is removed that a shard which is away would have to be asked about, and all of it once it is back", async () => {
    const { ledger, clock, chores, items, view, broken } = await spread();
    for (const { action } of items) {
      const ref = { id: action.id, subject: action.subject };
      await ledger.settle([{ ref, fence: await fenceOf(ledger, ref), outcome: succeeded() }]);
    }
    clock.now += OLD;
    broken.add("isOver");
    await chores();
    for (const n of items.keys()) expect((await view(n))?.event.text).toBe(SECRET);
    broken.clear();
    clock.now += HOUR_MS;
    await chores();
    for (const n of items.keys()) expect((await view(n))?.event.text).toBeUndefined();
  });
});

describe("the work", () => {
  it("is done in small steps, and calls between them find their rows", () => {
    const one = openShard();
    const many = Array.from({ length: 2_500 }, (_, n) =>
      event({ id: `stripe:evt_${n}`, type: "customer.created", text: SECRET }),
    );
    one.shard.accept(many.map(asItem), one.clock.now);
    one.pass(OLD);
    const bare = () => one.sql.exec("SELECT id FROM event WHERE raw = ''").toArray().length;
    let steps = 0;
    for (
      let found = one.shard.lookForChore(one.clock.now);
      found !== null;
      found = one.shard.lookForChore(one.clock.now)
    ) {
      const before = bare();
      one.shard.doChore(found, () => false, one.clock.now);
      expect(bare() - before).toBeLessThanOrEqual(REMOVED_AT_ONCE);
      const told = event({ id: `stripe:evt_new_${steps++}`, type: "customer.created" });
      expect(one.accept(told)).toEqual(["noted"]);
    }
    expect(steps).toBeGreaterThanOrEqual(2_500 / REMOVED_AT_ONCE);
    expect(bare()).toBe(2_500);
    expect(dump(one)).not.toContain(SECRET);
  });

  it("leaves alone what was taken up again between the look and the step", () => {
    const one = openShard();
    one.shard.accept([asItem()], one.clock.now);
    one.put(refund(1));
    one.shard.close([toAction(refund(1))], one.clock.now);
    one.pass(OLD);
    let looked = false;
    for (
      let found = one.shard.lookForChore(one.clock.now);
      found !== null;
      found = one.shard.lookForChore(one.clock.now)
    ) {
      looked ||= found.refs.length > 0;
      // Between the look and the step another shard has said that the action is not over.
      one.shard.doChore(found, () => false, one.clock.now);
    }
    expect(looked).toBe(true);
    expect(one.shard.eventView(request.id)?.event.text).toBe(request.text);
  });

  it("reads nothing while nothing is old", () => {
    const one = settled();
    grow(one, DAY_MS);
    const at = one.shard.nextChoreAt(one.clock.now);
    expect(at).toBeGreaterThan(one.clock.now + DAY_MS - 1);
    let looks = 0;
    for (let day = 0; day < 500; day++) {
      one.pass(DAY_MS);
      const found = one.shard.lookForChore(one.clock.now);
      if (found === null) continue;
      looks++;
      // Only the rows of keys have so short a time.
      expect(found.refs).toEqual([]);
      one.shard.doChore(found, () => true, one.clock.now);
    }
    expect(looks).toBeLessThanOrEqual(500);
    expect(dump(one)).toContain(SECRET);
  });
});

function factOf({ shard }: Pick<Opened, "shard">): RecordedDecision | null {
  return first(shard.decisionsOf([KEY]));
}
function pend(one: Opened, item: NewAction): void {
  one.settle(item, one.lease(item).fence, {
    kind: "pending",
    providerObject: "re_1",
    amountMinor: 4_250,
    note: SECRET,
    checkAfterMs: 1_000,
  });
}
function bury(one: Opened, item: NewAction): void {
  one.fail(item, null, failure("queue_exhausted"));
  one.shard.deadLettered({ kind: "action", ...one.refOf(item) }, one.clock.now);
}
function openCase(one: Opened, item: NewAction): void {
  one.fail(item, null, failure("guardrail"));
  one.shard.caseOpened([one.refOf(item)], one.clock.now);
}
async function fenceOf(
  ledger: ReturnType<typeof createLocalLedger>["ledger"],
  ref: { id: string; subject: string },
): Promise<number> {
  const begun = first(await ledger.begin([ref]));
  if (begun.kind !== "granted") throw new Error(`not granted: ${begun.kind}`);
  return begun.fence;
}
