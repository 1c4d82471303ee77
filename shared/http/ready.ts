import type { GateRpc } from "../contracts/gate.ts";
import type { Heard, Party } from "../contracts/heard.ts";
import type { Ledger } from "../contracts/ledger.ts";
import { SECOND_MS } from "../core/time.ts";

/** How long the ledger and the gate may take to answer. */
export const READY_PATIENCE_MS = 2 * SECOND_MS;
/** Anybody may ask. For so long an isolate repeats its answer instead of asking the ledger again. */
export const REPEATED_MS = SECOND_MS;
/** How often those who ask while another does look whether it has heard: many who ask at once are one question. */
const LOOK_MS = 50;

export type ReadySettings = {
  /** In the order in which they are shown. */
  parties: readonly Party[];
  now(): number;
  sleep(delayMs: number): Promise<void>;
};
export type ReadyDeps = { ledger: Pick<Ledger, "eventView">; gate: Pick<GateRpc, "heard" | "spoilt"> };

type Said = { state: "ok" | "failing"; what: string };
type Found = { at: number; ledger: Said; gate: Said; policy: Said; heard: Heard[] };

/** Answers whether events are taken, and what those last said on whom we depend. Made once per isolate. */
export function createReadiness({ parties, now, sleep }: ReadySettings) {
  let last: Found | null = null;
  let heardAt = Number.NEGATIVE_INFINITY;
  let isAsking = false;

  async function ask({ ledger, gate }: ReadyDeps): Promise<Found> {
    const at = now();
    // The same shard each time: the others may sleep. No event has this id, and to look for it changes nothing.
    const [asked, heard, spoilt] = await Promise.all([
      answerOf(() => ledger.eventView(ASKED_FOR), sleep),
      answerOf(() => gate.heard(), sleep),
      answerOf(() => gate.spoilt(null), sleep),
    ]);
    return {
      at,
      ledger: { state: stateOf(asked), what: asked.ok ? "answered" : asked.why },
      gate: { state: stateOf(heard), what: heard.ok ? "answered" : heard.why },
      policy: policySaid(spoilt),
      heard: heard.ok ? heard.value : [],
    };
  }

  async function found(deps: ReadyDeps): Promise<Found> {
    const isFresh = (): boolean => Math.abs(now() - heardAt) < REPEATED_MS;
    // One that was dropped in mid-question never says that it is over.
    for (let waitedMs = 0; !isFresh() && isAsking && waitedMs < READY_PATIENCE_MS; waitedMs += LOOK_MS)
      await sleep(LOOK_MS);
    if (last !== null && isFresh()) return last;
    isAsking = true;
    try {
      last = await ask(deps);
      heardAt = now();
      return last;
    } finally {
      isAsking = false;
    }
  }

  /** 200 where the ledger answers now, else 503. `details`: what was said too, for whoever has authenticated. */
  return async (deps: ReadyDeps, details: boolean): Promise<Response> => {
    const body = readinessOf(await found(deps), parties, details);
    return Response.json(body, { status: body.ready ? 200 : 503, headers: { "cache-control": "no-store" } });
  };
}
const ASKED_FOR = "readyz";

type Answered<T> = { ok: true; value: T } | { ok: false; why: string };

async function answerOf<T>(ask: () => Promise<T>, sleep: ReadySettings["sleep"]): Promise<Answered<T>> {
  const late: Promise<Answered<T>> = sleep(READY_PATIENCE_MS).then(() => ({
    ok: false,
    why: "no answer in 2 seconds",
  }));
  const asked = async (): Promise<Answered<T>> => {
    try {
      return { ok: true, value: await ask() };
    } catch {
      return { ok: false, why: "unavailable" };
    }
  };
  return await Promise.race([asked(), late]);
}

/** Whether the policy in force is what it should be: without it nothing is decided or sent. */
function policySaid(spoilt: Answered<string | null>): Said {
  if (!spoilt.ok) return { state: "failing", what: spoilt.why };
  return spoilt.value === null
    ? { state: "ok", what: "is what its hash says" }
    : { state: "failing", what: spoilt.value };
}

const stateOf = ({ ok }: Answered<unknown>): Said["state"] => (ok ? "ok" : "failing");

function readinessOf({ at, ledger, gate, policy, heard }: Found, parties: readonly Party[], details: boolean) {
  const byParty = new Map(heard.map((one) => [one.party, one]));
  const failing = parties.filter((party) => byParty.get(party)?.state === "failing");
  const asked = ({ state, what }: Said) => ({
    state,
    last: { at: instant(at), ageSeconds: 0, ...(details ? { what } : {}) },
  });
  return {
    ready: ledger.state === "ok",
    degraded: [
      ...(gate.state === "ok" ? [] : ["gate"]),
      ...(gate.state === "ok" && policy.state === "failing" ? ["policy"] : []),
      ...failing,
    ],
    ledger: asked(ledger),
    gate: asked(gate),
    policy: asked(policy),
    ...Object.fromEntries(parties.map((party) => [party, partyOf(byParty.get(party), at, details)])),
  };
}

function partyOf(heard: Heard | undefined, now: number, details: boolean) {
  if (heard === undefined) return { state: "unknown", since: null, last: null };
  const { state, since, last } = heard;
  const ageSeconds = Math.max(0, Math.round((now - last.at) / SECOND_MS));
  const what = details ? { what: last.what } : {};
  return { state, since: instant(since), last: { at: instant(last.at), ageSeconds, ...what } };
}

const instant = (ms: number): string => new Date(ms).toISOString();
