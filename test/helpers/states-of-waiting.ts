import type { Outcome } from "../../shared/contracts/action.ts";
import type { NoticeState, RowRef } from "../../shared/contracts/views.ts";
import { HOUR_MS } from "../../shared/core/time.ts";
import { createStore } from "../../shared/ledger/shard/store.ts";
import { policy } from "./policy.ts";
import { first, type OpenShard, openShard, refund, succeeded, unknown } from "./shard.ts";
import type { Transition } from "./states.ts";

/** Drives rows that wait for long through what can happen to them: what docs/states.md says of them is held to this. */
const item = refund(1);
const ref = { id: item.action.id, subject: item.action.subject };
const row: RowRef = { kind: "action", ...ref };
const HOLD = { scope: "all", at: 1 } as const;
const pending: Outcome = {
  kind: "pending",
  providerObject: "re_1",
  amountMinor: 4_250,
  note: "",
  checkAfterMs: HOUR_MS,
};
const noticeIn = ({ shard }: OpenShard) => first(shard.notices([row]));

function waitLong({ shard, clock, pass }: OpenShard): void {
  for (let hours = -2; hours <= policy.handling.patienceMs / HOUR_MS; hours++) {
    pass(HOUR_MS);
    shard.overdue(clock.now, 100);
  }
}
function haveNews(open: OpenShard): void {
  open.settle(item, open.lease(item).fence, pending);
}
function keepCase(open: OpenShard): void {
  const notice = noticeIn(open);
  if (notice !== null) open.shard.noticeKept([{ row, state: notice.state, at: notice.at }], open.clock.now);
}

const NONE = "(no notice)";
const toState: Record<NoticeState | typeof NONE, (open: OpenShard) => void> = {
  [NONE]: () => undefined,
  opening: waitLong,
  open: (open) => {
    waitLong(open);
    keepCase(open);
  },
  closing: (open) => {
    waitLong(open);
    haveNews(open);
  },
};
const noticeInputs: Record<string, (open: OpenShard) => void> = {
  "its row waits for long": waitLong,
  "its row has news": haveNews,
  "its row has ended": (open) => void open.settle(item, open.lease(item).fence, succeeded()),
  "D1 has its case so": keepCase,
  "rung by the pump": ({ shard, clock }) => void shard.overdue(clock.now, 0),
};

export const noticeTransitions = (): Transition[] =>
  Object.entries(toState).flatMap(([from, bring]) =>
    Object.entries(noticeInputs).flatMap(([input, act]) => {
      const open = openShard();
      open.put(item);
      bring(open);
      act(open);
      const to = noticeIn(open)?.state ?? NONE;
      return to === from ? [] : [{ from, input, to }];
    }),
  );

const GRANT = { kid: "k", claims: "{}", signature: "s" };
const askForGrant = (open: OpenShard) => open.shard.requestGrant(ref, open.lease(item).fence, "", open.clock.now);
const fails = (open: OpenShard, reason: "provider_rate_limited" | "bug" | "queue_exhausted", fence: number | null) =>
  open.shard.failAction(ref, fence, { reason, detail: "" }, null, open.clock.now);

const HAPPENINGS: Record<string, (open: OpenShard) => unknown> = {
  "the pump rings": ({ shard, clock }) => shard.overdue(clock.now, 100),
  begun: (open) => open.lease(item),
  "settled: unknown": (open) => open.settle(item, open.lease(item).fence, unknown()),
  "limited, or an outage": (open) => fails(open, "provider_rate_limited", open.lease(item).fence),
  "fails otherwise, to be tried again": (open) => fails(open, "bug", open.lease(item).fence),
  "grant no longer good": askForGrant,
  "granted, to be executed at once": (open) => {
    askForGrant(open);
    open.shard.regrant([{ ref, grant: GRANT, notBefore: null }], open.clock.now);
  },
  "granted, for a later time": (open) => {
    askForGrant(open);
    open.shard.regrant([{ ref, grant: GRANT, notBefore: open.clock.now + HOUR_MS }], open.clock.now);
  },
  "settled: pending": haveNews,
  "hold lifted": ({ shard, clock }) => {
    shard.held([{ ...ref, hold: HOLD, reason: "stop", fence: null }], clock.now);
    shard.wake(HOLD, clock.now);
  },
  redriven: (open) => {
    fails(open, "queue_exhausted", null);
    open.shard.redrive(row, "n", open.clock.now);
  },
};

/** From when a row's wait counts after what happened to it an hour after it was written. */
export function waitsAfter(): { happened: string; counts: string }[] {
  return Object.entries(HAPPENINGS).map(([happened, act]) => {
    const open = openShard();
    open.put(item);
    const before = open.clock.now;
    open.pass(HOUR_MS);
    act(open);
    const { waitsSince } = createStore(open.sql).action(ref.id) ?? { waitsSince: 0 };
    const counts = new Map([
      [before, "goes on"],
      [open.clock.now, "begins anew"],
      [open.clock.now + HOUR_MS, "begins anew at that time"],
    ]);
    return { happened, counts: counts.get(waitsSince) ?? `at ${waitsSince}` };
  });
}
