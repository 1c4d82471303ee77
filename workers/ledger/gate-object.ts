import { DurableObject } from "cloudflare:workers";
import type { Admission, AdmitRequest, GateRpc, Hold, HoldScope } from "../../shared/contracts/gate.ts";
import { createGate, type Gate as GateCore } from "../../shared/ledger/gate.ts";

/** The one gate of a deployment: shared/ledger/gate.ts behind RPC. */
export class Gate extends DurableObject<LedgerEnv> implements GateRpc {
  readonly #gate: GateCore;

  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(ctx, env);
    this.#gate = createGate(ctx.storage.sql);
  }

  async admit(requests: AdmitRequest[]): Promise<Admission[]> {
    return this.#gate.admit(requests, Date.now());
  }
  async hold(scope: HoldScope, reason: string): Promise<void> {
    this.#gate.hold(scope, reason, Date.now());
  }
  async lift(scope: HoldScope): Promise<void> {
    this.#gate.lift(scope);
  }
  async holds(): Promise<Hold[]> {
    return this.#gate.holds();
  }
}
