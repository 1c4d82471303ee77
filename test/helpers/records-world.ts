import type { DatabaseSync } from "node:sqlite";
import type { StoreName } from "../../shared/contracts/kept-texts.ts";
import type { RebuildReceipt } from "../../shared/contracts/recorded.ts";
import type { CaseRow, DeadLetterRow } from "../../shared/contracts/records.ts";
import { ABOUT_NOTHING } from "../../shared/contracts/rules.ts";
import type { RowRef } from "../../shared/contracts/views.ts";
import { withTells } from "../../shared/providers/registry.ts";
import { openCase } from "../../shared/records/cases.ts";
import type { Database } from "../../shared/records/database.ts";
import { keepDeadLetter } from "../../shared/records/dead-letters.ts";
import { closeInformation, openInformation } from "../../shared/records/information.ts";
import { type PlacingPolicy, placingPolicyOf } from "../../shared/records/place.ts";
import { createConsole, type RequestDeps } from "../../workers/console/app.ts";
import { policyNow } from "../../workers/console/cases/policy-now.ts";
import * as deadLetter from "../../workers/dead-letter/handle.ts";
import * as escalate from "../../workers/escalate/handle.ts";
import { handleNotices } from "../../workers/escalate/notice.ts";
import { createLocalAudit } from "./audit.ts";
import { createRecords } from "./d1.ts";
import { createLocalGate } from "./gate.ts";
import { freshPeopleProofs } from "./keys.ts";
import { createLocalLedger, dumpOf, newAction, refundAction } from "./ledger.ts";

const TOKEN = "console-token-of-this-test";
const UNAUTHORIZED = { reason: "provider_unauthorized", detail: "the key was refused" } as const;

export type Rows = { cases: CaseRow[]; letters: DeadLetterRow[] };

/** The ledger, the Workers that write to D1 and the console, over a D1 in memory that can be lost. */
export function createRecordsWorld(shards = 3) {
  const local = createLocalLedger(shards);
  const { ledger, clock } = local;
  const gate = createLocalGate(clock);
  const audit = createLocalAudit();
  let { database, sqlite } = createRecords();
  let wrap = (whole: Database): Database => whole;
  let canSend = true;
  /** As the Workers know it: the gate's. */
  const placing = async (): Promise<PlacingPolicy | null> => {
    const policy = await policyNow(gate, () => clock.now);
    return policy === null ? null : placingPolicyOf(policy);
  };
  const deps = (): RequestDeps => ({
    ledger,
    gate,
    records: wrap(database),
    audit,
    send: async () => {
      if (!canSend) throw new Error("queue away");
    },
  });
  const proofs = freshPeopleProofs();
  const alarms: Record<string, unknown>[] = [];
  const answer = createConsole({
    ...{ tokens: [TOKEN], mode: "test", log: () => undefined, now: () => clock.now, people: proofs },
    alarm: (line) => void alarms.push(line),
  });

  async function post<T>(path: string, body: object): Promise<T> {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await answer(new Request(`http://console${path}`, init), deps());
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Delivers one message of a dead-letter queue. */
  async function bury(body: unknown, id = "m1"): Promise<void> {
    const keep = keepDeadLetter.bind(null, wrap(database));
    const given = { queue: "refund", ledger, keep, mode: "test", now: clock.now } as const;
    await deadLetter.handleBatch([{ id, body, attempts: 1, sentAt: 77 }], given);
  }
  const wrapped = (queue: string, body: unknown) => ({ kind: "dead", queue, body, failure: UNAUTHORIZED });

  return {
    ...local,
    proofs,
    alarms,
    audit,
    gate,
    placing,
    database: () => database,
    /** Every database that there is, by the store that it is of. */
    stores: (): Record<StoreName, DatabaseSync[]> => ({
      ledger: local.databases,
      gate: [gate.sqlite],
      records: [sqlite],
      audit: [audit.sqlite],
    }),
    /** What stands between the Workers and D1 from now on. */
    through(next: (whole: Database) => Database): void {
      wrap = next;
    },
    sending(can: boolean): void {
      canSend = can;
    },
    /** D1 may grow by so many pages of 4 KB from now on; null: as much as it likes. */
    limit(pages: number | null): void {
      const { page_count } = sqlite.prepare("PRAGMA page_count").get() as { page_count: number };
      sqlite.exec(`PRAGMA max_page_count = ${pages === null ? 1_000_000 : page_count + pages}`);
    },
    /** The pump rings once for what is overdue, and who is rung for answers. */
    async pass(ms: number): Promise<void> {
      clock.now += ms;
      const { actions, events } = local.pump();
      for (const { id } of actions) {
        const n = Number.parseInt(id.slice(4), 16);
        const [view] = await ledger.actions([refundAction(n)]);
        if (view?.state === "case_opening") await this.answerCase(n);
        if (view?.state === "dead") await this.keepLetter(n);
      }
      for (const id of events) await this.killEvent(Number(id.replace("stripe:evt_", "")));
    },
    /** All that D1 has is gone; its tables are made anew. */
    lose(): void {
      ({ database, sqlite } = createRecords());
    },
    async askForCase(n: number, reason = "over the limit"): Promise<void> {
      const action = refundAction(n);
      await ledger.putActions([newAction(action, { caseReason: reason, caseAbout: ABOUT_NOTHING })]);
    },
    async openCase(n: number, reason = "over the limit"): Promise<void> {
      await this.askForCase(n, reason);
      await this.answerCase(n);
    },
    /** The doorbell of the escalate Worker for this action. */
    async answerCase(n: number): Promise<void> {
      const { id, subject } = refundAction(n);
      const bell = { kind: "action", id, subject, nonce: "n", summary: "s" } as const;
      await escalate.handleBatch([{ id: "m", body: bell, attempts: 1, sentAt: 0 }], {
        ledger,
        openCase: openCase.bind(null, wrap(database)),
        policy: await placing(),
      });
    },
    /** The doorbell of the escalate Worker for a row that waits for long. */
    async answerNotice(row: RowRef): Promise<void> {
      const subject = row.kind === "action" ? row.subject : row.id;
      const bell = { kind: "notice", row: row.kind, id: row.id, subject, nonce: "n", summary: "s" } as const;
      await handleNotices([{ id: "m", body: bell, attempts: 1, sentAt: 0 }], {
        ledger,
        openInformation: openInformation.bind(null, wrap(database)),
        closeInformation: (id, until) => closeInformation(wrap(database), id, until, clock.now),
        alarm: () => undefined,
        policy: await placing(),
        now: clock.now,
      });
    },
    async kill(n: number): Promise<void> {
      const action = refundAction(n);
      await ledger.putActions([newAction(action)]);
      for (let tries = 0; tries < 20; tries++) {
        if ((await ledger.failAction(action, null, UNAUTHORIZED)).disposition === "dead") return;
        clock.now += 1_000;
      }
    },
    async keepLetter(n: number): Promise<void> {
      const { id, subject } = refundAction(n);
      await bury(wrapped("refund", { kind: "action", id, subject, nonce: "1", summary: "refund" }));
    },
    async killEvent(n: number): Promise<void> {
      const event = withTells({
        id: `stripe:evt_${n}`,
        type: "charge.dispute.created",
        occurredAt: n,
        mode: "test",
        lane: "live",
      });
      await ledger.accept([{ event, raw: "{}", provenance: "signed" }]);
      for (let tries = 0; tries < 20; tries++)
        if ((await ledger.failEvent(event.id, UNAUTHORIZED)).disposition === "dead") break;
      await bury(wrapped("events", { kind: "event", id: event.id, nonce: "1", summary: event.type }));
    },
    bury,
    post,
    keepMessage: (n: number): Promise<void> => bury({ strange: n }, `message-${n}`),
    redrive: (ids: string[]) =>
      post<{ results: { id: string; result: string }[] }>("/api/dead-letters/redrive", { ids }),
    discard: (ids: string[], reason: string) =>
      post<{ results: { id: string; result: string }[] }>("/api/dead-letters/discard", { ids, reason }),
    rebuildPage: (cursor: string | null) =>
      post<RebuildReceipt>("/api/records/rebuild", cursor === null ? {} : { cursor }),
    /** All pages; answers how many rows were written, and how many requests it took. */
    async rebuild(): Promise<RebuildReceipt["restored"] & { requests: number }> {
      const sum = { cases: 0, deadLetters: 0, acts: 0, audit: 0, requests: 0 };
      for (let cursor: string | null = null; ; ) {
        const { restored, next }: RebuildReceipt = await this.rebuildPage(cursor);
        sum.cases += restored.cases;
        sum.deadLetters += restored.deadLetters;
        sum.acts += restored.acts;
        sum.audit += restored.audit;
        sum.requests += 1;
        if (next === null) return sum;
        cursor = next;
      }
    },
    dumpAudit: () => dumpOf(audit.sqlite),
    /** Every row of one table. */
    tableOf: (table: string): unknown[] =>
      sqlite
        .prepare(`SELECT * FROM ${table}`)
        .all()
        .map((row) => ({ ...row })),
    /** What stands in D1. Of a doorbell that died, only which row it named. */
    rows: (): Rows => ({
      cases: all<CaseRow>(sqlite, "cases"),
      letters: all<DeadLetterRow>(sqlite, "dead_letters").map((row) => ({ ...row, body: withoutNonce(row) })),
    }),
  };
}

export type RecordsWorld = ReturnType<typeof createRecordsWorld>;

const all = <Row>(sqlite: DatabaseSync, table: string): Row[] =>
  sqlite
    .prepare(`SELECT * FROM ${table} ORDER BY id`)
    .all()
    .map((row) => ({ ...row }) as Row);

export function withoutNonce({ rowKind, body }: DeadLetterRow): string {
  if (rowKind === "message") return body;
  const { nonce: _nonce, summary: _summary, ...named } = JSON.parse(body) as Record<string, unknown>;
  return JSON.stringify(named);
}
