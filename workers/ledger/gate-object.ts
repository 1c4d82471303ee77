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

/** For so long it is not looked again whether the policy in force is what its hash says. */
const POLICY_LOOK_MS = 60_000;

/** The one gate of a deployment: shared/gate/gate.ts behind RPC. */
export class Gate extends DurableObject<LedgerEnv> implements GateRpc {
  #gate: GateCore | null = null;
  /** Why what is in force is no policy, as it was found a short while ago. */
  #spoilt: string | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
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
  async spoilt(version: string | null) {
    if (version !== null) return await this.#core.spoilt(version);
    // Everybody who asks whether the deployment is ready asks this.
    const now = Date.now();
    if (Math.abs(now - this.#lookedAt) < POLICY_LOOK_MS) return this.#spoilt;
    this.#spoilt = await this.#core.spoilt(null);
    this.#lookedAt = now;
    if (this.#spoilt !== null) alarmLine({ what: "policy.altered", error: this.#spoilt });
    return this.#spoilt;
  }
  async keep(document: PolicyDocument) {
    const read = readPolicyDocument(document);
    if (!read.ok) throw new Error(`this is no policy: ${read.error}`);
    const policy = await policyOf(read.value);
    this.#core.keep(policy);
    this.#lookedAt = Number.NEGATIVE_INFINITY;
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
    const spoilt = await this.#core.spoilt(wanted.version);
    this.#lookedAt = Number.NEGATIVE_INFINITY;
    return this.#core.publish(wanted, spoilt);
  }
  async history(limit: number, before: number | null) {
    return this.#core.history(limit, before);
  }
  async publicationOf(version: string) {
    return this.#core.publicationOf(version);
  }
}
