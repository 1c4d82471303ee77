import * as v from "valibot";
import type { ActionKind } from "./actions.ts";

export type AdmitRequest = {
  actionId: string;
  kind: ActionKind;
  account: string | null;
  customer: string | null;
  payment: string | null;
  amountMinor: number | null;
  currency: string | null;
  /** Nothing will be sent, only read: holds are asked, and nothing is reserved or given back. */
  readsOnly?: boolean;
};

export type Admission =
  | { kind: "admitted" }
  /** Nothing executes until a person lifts it. */
  | { kind: "held"; reason: string; hold: HoldRef }
  /** The envelope is used up: a person decides. */
  | { kind: "over"; reason: string };

/** An answer of the gate is good for so long: what is sent later asks again. */
export const GATE_ANSWER_MS = 10_000;

export type HoldScope = "all" | `account:${string}` | `customer:${string}` | `payment:${string}`;
/** One hold: put on hold, lifted and put on hold again is two, which differ in `at` (the gate's clock). */
export type HoldRef = { scope: HoldScope; at: number };
export type Hold = HoldRef & { reason: string; by: "person" | "rule" };
export type Lift = { hold: Hold; at: number; reason: string | null };

/** Money at risk within the last hour, in US cents or their rough worth. `scope` is `all`, `kind:…`, `account:…` or `customer:…`. */
export type EnvelopeUse = { scope: string; usedCents: number; limitCents: number };

/** The gate's part of the totals: the fullest envelopes, and the newest holds (one on everything comes first). */
export type GateTotals = { envelopes: EnvelopeUse[]; holds: { count: number; newest: Hold[] } };

/** The gate as its callers see it; its clock is its own. */
export interface GateRpc {
  admit(requests: AdmitRequest[]): Promise<Admission[]>;
  /** Idempotent: what is on hold stays so, with its first reason. */
  hold(scope: HoldScope, reason: string, by: Hold["by"]): Promise<{ hold: Hold; isNew: boolean }>;
  /** Idempotent: what was lifted before is answered again; null for what was never on hold. */
  lift(scope: HoldScope, reason: string | null): Promise<{ lift: Lift; isNew: boolean } | null>;
  /** Newest first, one on everything before all others. */
  holds(): Promise<Hold[]>;
  totals(): Promise<GateTotals>;
}

const SCOPE = /^(?:all|(?:account|customer|payment):[\x21-\x7e]{1,255})$/;

export const holdScope = v.custom<HoldScope>(
  (value) => typeof value === "string" && SCOPE.test(value),
  'must be "all", "account:ID", "customer:ID" or "payment:ID"',
);

const reason = v.pipe(v.string(), v.trim(), v.minLength(1, "say why"), v.maxLength(500));
/** `POST /api/holds` and `POST /api/holds/lift`. */
export const holdBody = v.strictObject({ scope: holdScope, reason });
export const liftBody = v.strictObject({ scope: holdScope, reason: v.optional(reason) });

/** What they answer. */
export type HoldAnswer = { result: "held" | "held_before"; hold: Hold };
export type LiftAnswer =
  | { result: "lifted" | "lifted_before"; lift: Lift; woken: number }
  | { result: "not_held"; scope: HoldScope };
