import { DurableObject } from "cloudflare:workers";
import type { AdmitRequest, GateRpc, Hold, HoldWords, NewDraft, NewPublication } from "../../shared/contracts/gate.ts";
import type { Word } from "../../shared/contracts/heard.ts";
import type { PolicyDocument } from "../../shared/contracts/policy.ts";
import type { Scope } from "../../shared/contracts/scopes.ts";
import { createGate, type Gate as GateCore } from "../../shared/gate/gate.ts";
import { upgradePublished } from "../../shared/gate/upgrade.ts";
import { DEFAULT_DOCUMENT, policyOf, readPolicyDocument } from "../../shared/policy/document.ts";
import { alarmLine, logLine } from "../../shared/queue/log.ts";
import { createApprovedReader } from "./approved.ts";

/** The one gate of a deployment: shared/gate/gate.ts behind RPC. */
export class Gate extends DurableObject<LedgerEnv> implements GateRpc {
  #gate: GateCore | null = null;
  readonly #approvedIn: ReturnType<typeof createApprovedReader>;

  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(ctx, env);
    this.#approvedIn = createApprovedReader(env.GRANT_PUBLIC_KEYS, alarmLine);
    // A hash takes a promise; nobody is answered before it is there.
    void ctx.blockConcurrencyWhile(async () => {
      const policy = await policyOf(DEFAULT_DOCUMENT);
      const gate = createGate(ctx.storage.sql, { policy, at: Date.now() });
      await upgradePublished(gate, Date.now(), { log: logLine, alarm: alarmLine });
      this.#gate = gate;
    });
  }

  get #core(): GateCore {
    if (this.#gate === null) throw new Error("the gate has not started");
    return this.#gate;
  }

  async admit(requests: AdmitRequest[]) {
    const approved = await this.#approvedIn(requests, Date.now());
    return this.#core.admit(requests, Date.now(), approved);
  }
  async hold(scope: Scope, reason: string, by: Hold["by"], request: string | null = null) {
    return this.#core.hold(scope, reason, by, Date.now(), request);
  }
  async lift(scope: Scope, reason: string | null, request: string | null = null) {
    return this.#core.lift(scope, reason, Date.now(), request);
  }
  async holds() {
    return this.#core.holds();
  }
  async holdReasons(of: readonly HoldWords[], remove: boolean) {
    return this.#core.holdReasons(of, remove);
  }
  async totals() {
    return this.#core.totals(Date.now());
  }
  async above(limits: PolicyDocument["envelopes"]) {
    return this.#core.above(limits, Date.now());
  }
  async hear(words: Word[]) {
    this.#core.hear(words, Date.now());
  }
  async heard() {
    return this.#core.heard();
  }
  async policy(known: string | null) {
    return this.#core.policy(known);
  }
  async keep(document: PolicyDocument) {
    const read = readPolicyDocument(document);
    if (!read.ok) throw new Error(`this is no policy: ${read.error}`);
    const policy = await policyOf(read.value);
    this.#core.keep(policy);
    return policy.version;
  }
  async draft(draft: NewDraft) {
    return this.#core.draft(draft);
  }
  async draftOf(version: string) {
    return this.#core.draftOf(version);
  }
  async drafts() {
    return this.#core.drafts();
  }
  async publish(wanted: NewPublication) {
    return this.#core.publish(wanted);
  }
  async history(limit: number, before: number | null) {
    return this.#core.history(limit, before);
  }
  async publicationOf(version: string) {
    return this.#core.publicationOf(version);
  }
}
