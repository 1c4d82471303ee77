import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { PaymentSnapshot } from "../../shared/contracts/provider.ts";
import type { ActionRef, ActionView } from "../../shared/contracts/views.ts";
import type { PeopleProofs } from "../../shared/grant/person.ts";
import { caseOf } from "../../shared/records/case.ts";
import { openCase } from "../../shared/records/cases.ts";
import type { Database } from "../../shared/records/database.ts";
import { createConsole, type RequestDeps } from "../../workers/console/app.ts";
import { createLocalAudit } from "./audit.ts";
import { partAnswer } from "./classifier.ts";
import { FIRST_TOKEN } from "./console-door.ts";
import { createRecords } from "./d1.ts";
import { createLocalGate } from "./gate.ts";
import { peopleProofsOf } from "./keys.ts";
import { dumpOf } from "./ledger.ts";
import { openPipeline } from "./pipeline.ts";
import { event } from "./shard.ts";

export type Asked = {
  token?: string;
  body?: unknown;
  /** Instead of `body`: the bytes as they are. */
  raw?: string | Uint8Array<ArrayBuffer>;
  type?: string | null;
  key?: string;
  method?: string;
  headers?: Record<string, string>;
  /** Which of the isolates is asked. */
  isolate?: 0 | 1;
};
export type Answered = { status: number; json: Record<string, unknown> & { detail: string } };

/** The console's real routes in two isolates, the classifier and the executors, over one ledger, gate, audit and D1 in memory. */
export async function openFloor(payments: PaymentSnapshot[]) {
  const pipeline = await openPipeline(payments);
  const { ledger, clock, approvals } = pipeline;
  pipeline.answer(() => partAnswer);
  // Every shard is there before anything is compared: one that is only read is made then.
  await ledger.totals();
  const { database, sqlite } = createRecords();
  const audit = createLocalAudit();
  const gate = createLocalGate(clock);
  const deps: RequestDeps = { ledger, gate, records: database, audit, send: async () => undefined };
  const proofs = await peopleProofsOf(approvals);
  const isolate = (people: PeopleProofs = proofs) =>
    createConsole({
      ...{ tokens: [FIRST_TOKEN], access: null, firstAdmin: "local admin", mode: "test", auditKeys: audit.keys },
      ...{ log: () => undefined, now: () => clock.now, alarm: (line) => void pipeline.alarms.push(line) },
      ...{ signApproval: approvals.sign, proveYes: approvals.prove, people },
    });
  const isolates = [isolate(), isolate()];
  let requests = 0;

  async function call(path: string, asked: Asked = {}): Promise<Answered> {
    const { token, body, raw, type = "application/json", key, method, headers = {}, isolate: which = 0 } = asked;
    const sent = raw ?? (body === undefined ? null : JSON.stringify(body));
    const request = new Request(`http://console${path}`, {
      method: method ?? (sent === null ? "GET" : "POST"),
      body: sent,
      headers: {
        ...(type === null || sent === null ? {} : { "content-type": type }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
        ...headers,
      },
    });
    const answer = isolates[which];
    if (answer === undefined) throw new Error("there is no such isolate");
    const response = await answer(request, { ...deps });
    const text = await response.text();
    return { status: response.status, json: text.startsWith("{") ? JSON.parse(text) : { detail: text } };
  }

  /** D1 takes the case. Answers its id. */
  async function keep(view: ActionView): Promise<string> {
    const row = caseOf(view);
    await openCase(database, row);
    await ledger.caseOpened([{ id: view.action.id, subject: view.action.subject }]);
    return row.id;
  }

  return {
    ...pipeline,
    database,
    sqlite,
    audit,
    gate,
    /** What a request is given; a test may put something else between. */
    consoleDeps: deps,
    proofs,
    /** The console is started anew with these keys for people. */
    restart(people: PeopleProofs): void {
      isolates.splice(0, 2, isolate(people), isolate(people));
    },
    call,
    through(next: Database): void {
      deps.records = next;
    },
    sent: () => pipeline.memory.calls.filter(({ effect }) => effect),
    /** Everything that is stored anywhere. */
    stored: () => [pipeline.dump(), dumpOf(sqlite), dumpOf(audit.sqlite)].join("\n"),
    async add(name: string, roles: readonly string[], token = FIRST_TOKEN) {
      const { status, json } = await call("/api/people", { token, body: { name, roles } });
      if (status !== 200) throw new Error(`${name} was not added: ${status} ${json.detail}`);
      const told = json as unknown as { person: { id: string }; token: string };
      return { id: told.person.id, token: told.token };
    },
    /** Somebody asks for money back, and it becomes a case in D1. */
    async opens(text: string, changes: Partial<PaymentEvent> = {}): Promise<{ id: string; ref: ActionRef }> {
      const id = `request:${++requests}`;
      await pipeline.decide(event({ id, type: "countersign.request", payment: "pi_1", text, ...changes }));
      const { action: view } = await pipeline.trace(id);
      if (view === null || view.state !== "case_opening") throw new Error(`${id} is no case`);
      const ref = { id: view.action.id, subject: view.action.subject };
      return { id: await keep(view), ref };
    },
    /** It is a case once more: with news, or after an approval that came to nothing. */
    async comesBack(ref: ActionRef): Promise<void> {
      const [view] = await ledger.actions([ref]);
      if (view === null || view === undefined || !["case_opening", "case_open"].includes(view.state))
        throw new Error(`${ref.id} does not come back: it is ${view?.state}`);
      await keep(view);
    },
    /** What a decision about the case must name, as its route shows it. */
    async shown(id: string, token: string): Promise<{ round: number; proposal: string }> {
      const { json } = await call(`/api/cases/${id}`, { token });
      return json.decide as { round: number; proposal: string };
    },
    /** Every act about it, in the ledger, and every entry of the audit. */
    async actsOf(about: string) {
      const acts: string[] = [];
      for (let n = 1; n < 20; n++) {
        const view = await ledger.eventView(`act:${about}:${n}`);
        if (view?.event.act !== undefined) acts.push(view.event.act.what);
      }
      const entries = (await audit.entries(0, 100)).filter((entry) => entry.about === about);
      return { acts, audited: entries.map(({ what }) => what) };
    },
  };
}
export type Floor = Awaited<ReturnType<typeof openFloor>>;
