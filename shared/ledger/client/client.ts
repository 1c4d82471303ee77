import type { Grant, Outcome } from "../../contracts/action.ts";
import { isTerminal } from "../../contracts/action.ts";
import type { StandingDecision } from "../../contracts/decision.ts";
import { type Failure, Unavailable } from "../../contracts/failure.ts";
import type { HoldRef } from "../../contracts/gate.ts";
import type {
  Acceptance,
  ActionRef,
  ActionView,
  Ledger,
  LedgerTotals,
  Settling,
  Trace,
} from "../../contracts/ledger.ts";
import { shardOf } from "../../core/ids.ts";
import { createMerger } from "../../core/merge.ts";
import { WAKE_AT_ONCE } from "../settings.ts";
import type { ShardRpc } from "./rpc.ts";

/** A Durable Object namespace, as far as it is used here. Generated types do not know the methods of another script's classes. */
export type ShardNamespace = { getByName(name: string): unknown };

/** `mergeMs`: calls of one queue batch within so many milliseconds become one call a shard. Not for a request. */
export type LedgerOptions = { mergeMs?: number | null };

/** What the consumers use: what is called within one turn of the event loop. Waiting longer was measured, and is slower. */
export const CONSUMER_LEDGER: LedgerOptions = { mergeMs: 0 };

/**
 * The ledger as everybody sees it: lists in, lists out, in the same order; one call a shard. A shard that does not
 * answer rejects the whole call, except in `accept`, where its lines are `unavailable` and the others are kept.
 */
export function createLedger(
  namespace: ShardNamespace,
  shards: number,
  { mergeMs = null }: LedgerOptions = {},
): Ledger {
  if (!Number.isInteger(shards) || shards < 1)
    throw new Error(`LEDGER_SHARDS must be a whole number of at least 1, not ${shards}`);
  // A stub lives as long as this ledger, which is made for one request or batch: it must not outlive that.
  const shardsByIndex = new Map<number, ShardRpc>();
  const shard = (index: number): ShardRpc => {
    const known = shardsByIndex.get(index);
    if (known) return known;
    const fresh = reachable(namespace.getByName(`shard-${index}`) as ShardRpc, index);
    shardsByIndex.set(index, fresh);
    return fresh;
  };
  const home = (key: string): ShardRpc => shard(shardOf(key, shards));
  const all = (): ShardRpc[] => Array.from({ length: shards }, (_, index) => shard(index));

  const merge = createMerger(mergeMs);

  async function spread<Item, Answer>(
    method: keyof ShardRpc,
    items: readonly Item[],
    keyOf: (item: Item) => string,
    call: (target: ShardRpc, items: Item[]) => Promise<Answer[]>,
  ): Promise<Answer[]> {
    const answers = new Array<Answer>(items.length);
    const byShard = Map.groupBy(items.keys(), (index) => shardOf(keyOf(items[index] as Item), shards));
    await Promise.all(
      Array.from(byShard, async ([index, positions]) => {
        const part = positions.map((position) => items[position] as Item);
        const given = await merge(`${method} ${index}`, part, (group) => call(shard(index), group));
        for (const [nth, position] of positions.entries()) answers[position] = given[nth] as Answer;
      }),
    );
    return answers;
  }

  const perShard = async <Item>(
    method: keyof ShardRpc,
    items: readonly Item[],
    keyOf: (item: Item) => string,
    call: (target: ShardRpc, items: Item[]) => Promise<void>,
  ): Promise<void> => {
    await spread(method, items, keyOf, async (target, group) => {
      await call(target, group);
      return group.map(() => null);
    });
  };

  /** A call makes only so many due: it is repeated until nothing waits because of this hold. */
  async function wakeAll(target: ShardRpc, hold: HoldRef): Promise<number> {
    for (let woken = 0; ; ) {
      const count = await target.wake(shards, hold);
      woken += count;
      if (count < WAKE_AT_ONCE) return woken;
    }
  }

  const subjectOf = ({ subject }: ActionRef): string => subject;

  async function traceEvent(id: string, asked: ActionRef | null = null): Promise<Trace | null> {
    const event = await home(id).eventView(shards, id);
    if (event === null) return null;
    const { outcome } = event;
    const own = outcome?.kind === "action" ? { id: outcome.actionId, subject: outcome.subject } : null;
    // A later step of the same fact (our second try) is asked for by its own id.
    const ref = asked ?? own;
    const [fact, action] = await Promise.all([
      event.factKey === null
        ? null
        : home(event.factKey)
            .standing(shards, [event.factKey])
            .then(([found]) => found ?? null),
      ref === null
        ? null
        : home(ref.subject)
            .actions(shards, [ref])
            .then(([found]) => found ?? null),
    ]);
    const state = outcome?.kind === "none" ? "none" : (action?.state ?? event.state);
    const terminal = state === "none" || state === "dead_lettered" || (action !== null && isTerminal(action.state));
    return {
      id,
      state,
      terminal,
      event,
      fact:
        fact === null
          ? null
          : { key: fact.factKey, eventId: fact.eventId, decidedAt: fact.decidedAt, decision: fact.decision },
      action,
    };
  }

  return {
    accept: (items) =>
      spread(
        "accept",
        items,
        ({ event }) => event.id,
        (target, group) =>
          target.accept(shards, group).catch((error: unknown): Acceptance[] => {
            console.error(JSON.stringify({ log: "ledger.accept.failed", events: group.length, error: String(error) }));
            return group.map(() => "unavailable");
          }),
      ),
    claim: async (ids) => {
      const groups = Map.groupBy(ids, (id) => shardOf(id, shards));
      return (await Promise.all(Array.from(groups, ([index, group]) => shard(index).claim(shards, group)))).flat();
    },
    standing: async (keys) => {
      const found = await spread(
        "standing",
        keys,
        (key) => key,
        (target, group) => target.standing(shards, group),
      );
      return new Map(found.filter((one): one is StandingDecision => one !== null).map((one) => [one.factKey, one]));
    },
    stand: (items) =>
      spread(
        "stand",
        items,
        ({ factKey }) => factKey,
        (target, group) => target.stand(shards, group),
      ),
    putActions: (items) =>
      spread(
        "putActions",
        items,
        ({ action }) => action.subject,
        (target, group) => target.putActions(shards, group),
      ),
    close: (items) =>
      perShard(
        "close",
        items,
        ({ id }) => id,
        (target, group) => target.close(shards, group),
      ),
    failEvent: (id: string, failure: Failure) => home(id).failEvent(shards, id, failure),
    begin: (refs) => spread("begin", refs, subjectOf, (target, group) => target.begin(shards, group)),
    recheck: (reports) =>
      spread(
        "recheck",
        reports,
        ({ ref }) => ref.subject,
        (target, group) => target.recheck(shards, group),
      ),
    settle: async (ref: ActionRef, fence: number, outcome: Outcome) => {
      const keyOf = (settling: Settling) => settling.ref.subject;
      const [answer] = await spread("settleAll", [{ ref, fence, outcome }], keyOf, (target, group) =>
        target.settleAll(shards, group),
      );
      return answer ?? { kind: "missing" };
    },
    failAction: (ref, fence, failure, evidence) =>
      home(ref.subject).failAction(shards, ref, fence, failure, evidence ?? null),
    requestGrant: (ref, fence, why) => home(ref.subject).requestGrant(shards, ref, fence, why),
    regrant: async (ref: ActionRef, grant: Grant) => {
      const keyOf = (one: { ref: ActionRef }) => one.ref.subject;
      await perShard("regrantAll", [{ ref, grant }], keyOf, (target, group) => target.regrantAll(shards, group));
    },
    openCase: (ref, reason) => home(ref.subject).openCase(shards, ref, reason),
    actions: (refs) => spread("actions", refs, subjectOf, (target, group) => target.actions(shards, group)),
    actionsOf: (subject: string): Promise<ActionView[]> => home(subject).actionsOf(shards, subject),
    caseOpened: (refs) => perShard("caseOpened", refs, subjectOf, (target, group) => target.caseOpened(shards, group)),
    held: (items) => perShard("held", items, subjectOf, (target, group) => target.held(shards, group)),
    wake: async (hold) => (await Promise.all(all().map((target) => wakeAll(target, hold)))).reduce((a, b) => a + b, 0),
    deadRow: (row) => home(keyOfRow(row)).deadRow(shards, row),
    deadLettered: (row) => home(keyOfRow(row)).deadLettered(shards, row),
    redrive: (row, nonce) => home(keyOfRow(row)).redrive(shards, row, nonce),
    trace: async (id) => {
      if (!id.startsWith("act_")) return traceEvent(id);
      // An action id alone does not say where its payment lives; people ask this seldom.
      const found = await Promise.all(all().map((target) => target.actions(shards, [{ id, subject: "" }])));
      const action = found.flat().find((one) => one !== null);
      return action ? traceEvent(action.eventId, { id, subject: action.action.subject }) : null;
    },
    recent: async ({ limit }) => {
      const lists = await Promise.all(all().map((target) => target.recent(shards, limit)));
      return lists
        .flat()
        .sort((a, b) => b.acceptedAt - a.acceptedAt)
        .slice(0, limit);
    },
    totals: async () => sumTotals(await Promise.all(all().map((target) => target.totals(shards)))),
  };
}

type Remote = Record<string | symbol, (...args: unknown[]) => Promise<unknown>>;

/**
 * A shard that cannot be reached, or is overloaded, is `Unavailable`. What its own code threw comes through as it is:
 * that is a bug (https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ says how to tell).
 */
function reachable(stub: ShardRpc, index: number): ShardRpc {
  return new Proxy(stub, {
    get:
      (target, name) =>
      async (...given: unknown[]) => {
        try {
          // Called as a method: on a stub, a method's own `apply` would be a remote call too.
          return await (target as unknown as Remote)[name]?.(...given);
        } catch (error) {
          if (typeof error === "object" && error !== null && Reflect.get(error, "remote") === true) throw error;
          throw new Unavailable(
            "ledger_unavailable",
            `ledger shard ${index} did not answer ${String(name)}: ${String(error)}`,
          );
        }
      },
  });
}

const keyOfRow = (row: { kind: "event"; id: string } | { kind: "action"; subject: string }): string =>
  row.kind === "event" ? row.id : row.subject;

export type ShardTotals = {
  waiting: { events: number; actions: number };
  buckets: { bucket: string; count: number; amount: number }[];
};

/** Adds the shards' rollups up. Buckets are `event:<what>` and `action:<kind>:<state>:<currency>`. */
export function sumTotals(parts: readonly ShardTotals[]): LedgerTotals {
  const sums = new Map<string, { count: number; amount: number }>();
  for (const { bucket, count, amount } of parts.flatMap((part) => part.buckets)) {
    const sum = sums.get(bucket) ?? { count: 0, amount: 0 };
    sums.set(bucket, { count: sum.count + count, amount: sum.amount + amount });
  }
  const events = (what: string): number => sums.get(`event:${what}`)?.count ?? 0;
  return {
    accepted: events("accepted"),
    duplicates: events("duplicate"),
    conflicts: events("conflict"),
    waiting: {
      events: parts.reduce((sum, { waiting }) => sum + waiting.events, 0),
      actions: parts.reduce((sum, { waiting }) => sum + waiting.actions, 0),
    },
    actions: Array.from(sums)
      .filter(([bucket, { count }]) => bucket.startsWith("action:") && count !== 0)
      .map(([bucket, { count, amount }]) => {
        const [, kind = "", state = "", currency = ""] = bucket.split(":");
        return { kind, state, currency: currency === "" ? null : currency, count, amountMinor: amount };
      })
      .sort((a, b) => `${a.kind} ${a.state}`.localeCompare(`${b.kind} ${b.state}`)),
    none: events("none"),
    deadLetteredEvents: events("dead_lettered"),
  };
}
