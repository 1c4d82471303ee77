import type { ActionKind } from "./action.ts";

export type AdmitRequest = {
  actionId: string;
  kind: ActionKind;
  account: string | null;
  customer: string | null;
  payment: string | null;
  amountMinor: number | null;
  currency: string | null;
};

export type Admission =
  | { kind: "admitted" }
  /** Nothing executes until a person lifts it. */
  | { kind: "held"; reason: string }
  /** The envelope is used up: a person decides. */
  | { kind: "over"; reason: string };

export type HoldScope = "all" | `account:${string}` | `customer:${string}` | `payment:${string}`;
export type Hold = { scope: HoldScope; reason: string; at: number };

/** The gate as its callers see it; its clock is its own. */
export interface GateRpc {
  admit(requests: AdmitRequest[]): Promise<Admission[]>;
  hold(scope: HoldScope, reason: string): Promise<void>;
  lift(scope: HoldScope): Promise<void>;
  holds(): Promise<Hold[]>;
}
