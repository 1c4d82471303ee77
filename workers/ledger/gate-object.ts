import { DurableObject } from "cloudflare:workers";
import type { AdmitRequest, GateRpc, Hold } from "../../shared/contracts/gate.ts";
import type { Word } from "../../shared/contracts/heard.ts";
import type { Scope } from "../../shared/contracts/scopes.ts";
import { createGate, type Gate as GateCore } from "../../shared/gate/gate.ts";

/** The one gate of a deployment: shared/gate/gate.ts behind RPC. */
export class Gate extends DurableObject<LedgerEnv> implements GateRpc {
  readonly #gate: GateCore;

  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(ctx, env);
    this.#gate = createGate(ctx.storage.sql);
  }

  async admit(requests: AdmitRequest[]) {
    return this.#gate.admit(requests, Date.now());
  }
  async hold(scope: Scope, reason: string, by: Hold["by"]) {
    return this.#gate.hold(scope, reason, by, Date.now());
  }
  async lift(scope: Scope, reason: string | null) {
    return this.#gate.lift(scope, reason, Date.now());
  }
  async holds() {
    return this.#gate.holds();
  }
  async totals() {
    return this.#gate.totals(Date.now());
  }
  async hear(words: Word[]) {
    this.#gate.hear(words, Date.now());
  }
  async heard() {
    return this.#gate.heard();
  }
}
