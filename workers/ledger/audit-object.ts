import { DurableObject } from "cloudflare:workers";
import { createHeadSigner } from "../../shared/audit/head.ts";
import { type Audit as AuditCore, createAudit } from "../../shared/audit/writer.ts";
import type { AuditRpc, NewAuditEntry } from "../../shared/contracts/audit.ts";
import { requireBindings } from "../../shared/core/bindings.ts";
import { signingKeyOf } from "../../shared/grant/keys.ts";

/** The one writer of a deployment's audit: shared/audit/writer.ts behind RPC. */
export class Audit extends DurableObject<LedgerEnv> implements AuditRpc {
  readonly #audit: Promise<AuditCore>;

  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(ctx, env);
    this.#audit = opened(ctx, env);
    // Whoever calls is told; nobody may ever call.
    this.#audit.catch(() => undefined);
  }

  async append(entries: NewAuditEntry[]) {
    return (await this.#audit).append(entries);
  }
  async head() {
    return (await this.#audit).head();
  }
  async entries(after: number, limit: number) {
    return (await this.#audit).entries(after, limit);
  }
  async find(events: string[]) {
    return (await this.#audit).find(events);
  }
}

async function opened(ctx: DurableObjectState, env: LedgerEnv): Promise<AuditCore> {
  requireBindings(env, ["AUDIT_SIGNING_KEY"]);
  return createAudit(ctx.storage.sql, await createHeadSigner(signingKeyOf(env.AUDIT_SIGNING_KEY, "AUDIT")));
}
