import { shownAct } from "../../contracts/act.ts";
import { isTerminal } from "../../contracts/action.ts";
import type { PaymentEvent } from "../../contracts/event.ts";
import type { HoldRef } from "../../contracts/gate.ts";
import type { Ledger, RoutedCalls } from "../../contracts/ledger.ts";
import type { ActionRef, ActionView, Trace } from "../../contracts/views.ts";
import { WAKE_AT_ONCE } from "../settings.ts";
import { foundAt } from "./found.ts";
import { recordedAt } from "./recorded.ts";
import type { Shards } from "./shards.ts";
import { sumTotals } from "./totals.ts";
import { waitingOf } from "./waiting.ts";

type Composed = "wake" | "handle" | "find" | "trace" | "recorded" | "recent" | "totals" | "waiting" | "waitingRetries";

const shownEvent = (event: PaymentEvent): PaymentEvent =>
  event.act === undefined ? event : { ...event, act: shownAct(event.act) };

/** The calls that are composed of several calls to shards. */
export function composed(shards: Shards, calls: RoutedCalls): Pick<Ledger, Composed> {
  /** One call makes at most WAKE_AT_ONCE rows due, so it is repeated until no row waits for this hold's lift. */
  async function wakeShard(index: number, hold: HoldRef): Promise<number> {
    for (let woken = 0; ; ) {
      const count = await shards.ask(index, "wake", [hold]);
      woken += count;
      if (count < WAKE_AT_ONCE) return woken;
    }
  }

  async function traceEvent(id: string, asked: ActionRef | null = null): Promise<Trace | null> {
    const event = await calls.eventView(id);
    if (event === null) return null;
    const { outcome, factRowKey } = event;
    const own = outcome?.kind === "action" ? { id: outcome.actionId, subject: outcome.subject } : null;
    // The event names its first action. A later step of the same fact (our second try) is found by its own id.
    const ref = asked ?? own;
    const [[fact = null], [first = null], conflicts] = await Promise.all([
      factRowKey === null ? [] : calls.decisionsOf([factRowKey]),
      ref === null ? [] : calls.actions([ref]),
      event.conflicts === 0 ? [] : calls.conflictsOf(id),
    ]);
    const action = first === null ? null : await whereItWent(first);
    const state = outcome?.kind === "none" ? "none" : (action?.state ?? event.state);
    const terminal = state === "none" || state === "dead_lettered" || (action !== null && isTerminal(action.state));
    return {
      id,
      state,
      terminal,
      event: { ...event, event: shownEvent(event.event) },
      fact:
        fact === null
          ? null
          : { key: fact.factRowKey, eventId: fact.eventId, decidedAt: fact.decidedAt, decision: fact.decision },
      action,
      ...(conflicts.length === 0 ? {} : { conflicts }),
    };
  }

  /** People have approved another target: what became of it is there, once it is put. */
  async function whereItWent(action: ActionView): Promise<ActionView> {
    const { superseded } = action;
    if (superseded === null) return action;
    const [there] = await calls.actions([{ id: action.action.id, subject: superseded.subject }]);
    return there ?? action;
  }

  return {
    wake: async (hold) => {
      const woken = Array.from({ length: shards.count }, (_, index) => wakeShard(index, hold));
      return (await Promise.all(woken)).reduce((sum, count) => sum + count, 0);
    },
    handle: async (handling) => Math.min(...(await shards.askAll("handle", [handling]))),
    trace: async (id) => {
      if (!id.startsWith("act_")) return traceEvent(id);
      // The shard depends on the subject, which an action id does not contain. People ask this seldom, so all are asked.
      const found = await shards.askAll("actions", [[{ id, subject: "" }]]);
      const rows = found.flat().filter((one) => one !== null);
      const action = rows.find(({ state }) => state !== "superseded") ?? rows[0];
      return action ? traceEvent(action.eventId, { id, subject: action.action.subject }) : null;
    },
    find: (reference, limit, position) => foundAt(reference, limit, position, shards),
    recorded: (position) => recordedAt(position, shards),
    recent: async ({ limit }) => {
      const lists = await shards.askAll("recent", [limit]);
      return lists
        .flat()
        .sort((a, b) => b.acceptedAt - a.acceptedAt)
        .slice(0, limit);
    },
    waitingRetries: async (customer) => (await shards.askAll("waitingRetries", [customer])).flat(),
    waiting: (query) => waitingOf(query, shards),
    totals: async () => sumTotals(await shards.askAll("totals", [undefined])),
  };
}
