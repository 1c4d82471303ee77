import { createRemoteJWKSet } from "jose";
import type { Database } from "../../shared/records/database.ts";
import type { AccessSimulator } from "../../simulators/cloudflare/access.ts";
import { createConsole, type RequestDeps, type Settings } from "../../workers/console/app.ts";
import { createLocalAudit } from "./audit.ts";
import { createRecords } from "./d1.ts";
import { createLocalGate } from "./gate.ts";
import { freshPeopleProofs } from "./keys.ts";
import { createLocalLedger } from "./ledger.ts";

/** The first admin's token, where people have local tokens. */
export const FIRST_TOKEN = "console-token-of-this-test";
export const AUDIENCE = "a".repeat(64);

/** `from`: what a browser says of the page that sends it. */
export type Sent = {
  token?: string;
  login?: string;
  body?: unknown;
  key?: string;
  method?: string;
  from?: Record<string, string>;
};
export type Told = { status: number; json: Record<string, unknown> & { detail: string }; text: string };

/** The console over a ledger, a gate and a D1 in memory. `access`: then logins count, and no tokens. */
export function createConsoleDoor({
  access = null,
  firstAdmin = null,
}: {
  access?: AccessSimulator | null;
  firstAdmin?: string | null;
} = {}) {
  const local = createLocalLedger();
  const gate = createLocalGate(local.clock);
  const audit = createLocalAudit();
  const { database, sqlite } = createRecords();
  let records: Database = database;
  const people: Pick<Settings, "tokens" | "access" | "firstAdmin"> =
    access === null
      ? { tokens: [FIRST_TOKEN], access: null, firstAdmin: firstAdmin ?? "local admin" }
      : { tokens: [], access: { issuer: access.issuer(), audience: AUDIENCE, keys: keysOf(access) }, firstAdmin };
  const proofs = freshPeopleProofs();
  const answer = createConsole({
    ...people,
    ...{ mode: "test", log: () => undefined, now: () => local.clock.now, people: proofs },
  });

  async function call(path: string, { token, login, body, key, method, from = {} }: Sent = {}): Promise<Told> {
    const request = new Request(`http://console${path}`, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: {
        ...from,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(login === undefined ? {} : { "cf-access-jwt-assertion": login }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
    });
    const deps: RequestDeps = { ledger: local.ledger, gate, records, audit, send: async () => undefined };
    const response = await answer(request, deps);
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    return { status: response.status, json: isJson ? JSON.parse(text) : { detail: "" }, text };
  }

  return {
    ...local,
    gate,
    audit,
    database,
    sqlite,
    proofs,
    call,
    /** D1 as the console sees it from now on. */
    through(next: Database): void {
      records = next;
    },
    /** Adds somebody as the first admin, and answers their id and token. */
    async add(name: string, roles: readonly string[], more: object = {}, token = FIRST_TOKEN) {
      const { status, json, text } = await call("/api/people", { token, body: { name, roles, ...more } });
      if (status !== 200) throw new Error(`${name} was not added: ${status} ${text}`);
      const told = json as unknown as { person: { id: string }; token: string };
      return { id: told.person.id, token: told.token };
    },
  };
}

const keysOf = (access: AccessSimulator) =>
  createRemoteJWKSet(new URL(`${access.issuer()}/cdn-cgi/access/certs`), { cooldownDuration: 0 });
