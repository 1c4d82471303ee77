import { expect, it } from "vitest";
import { caseIdOf } from "../../../shared/contracts/asked.ts";
import type { CaseDecision } from "../../../shared/contracts/case-decision.ts";
import { proposalOf } from "../../../shared/contracts/case-proposal.ts";
import type { Person } from "../../../shared/contracts/people.ts";
import { recordDecision } from "../../../workers/console/cases/record-decision.ts";
import type { Around } from "../../../workers/console/deps.ts";
import { ANN, BEN } from "../../helpers/approving.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { createRecordsWorld, type RecordsWorld } from "../../helpers/records-world.ts";

/** The row takes it; then it is recorded as the console does. */
async function decide(world: RecordsWorld, n: number, kind: CaseDecision["kind"], by: Person, needs: 1 | 2 = 1) {
  world.clock.now += 1_000;
  const [view] = await world.ledger.actions([refundAction(n)]);
  if (view === undefined || view === null) throw new Error(`no case ${n}`);
  const key = `${kind} ${n} ${by.name}`;
  const seen = { round: view.caseRound, proposal: proposalOf(view) };
  const yes = { overrides: [], change: null, needs, notWith: [], expiresAt: world.clock.now + 86_400_000 };
  const decision = { ...seen, key, by, ...(kind === "approve" ? { kind, ...yes } : { kind, code: "not_owed" }) };
  const answer = await world.ledger.decideCase(refundAction(n), decision);
  if (answer.kind === "not_taken") throw new Error(`not taken: ${answer.why}`);
  const after =
    "given" in answer && answer.given !== null
      ? { approvers: answer.given.approvals.map((one) => one.by.id), needs: answer.given.needs }
      : { state: answer.kind, code: "not_owed" };
  const around = { mode: "test", now: () => world.clock.now } as unknown as Around;
  await recordDecision(
    { caseId: caseIdOf(refundAction(n).id), person: by, key, what: `case.${kind}`, before: seen, after, text: "why" },
    { ledger: world.ledger, records: world.database() } as Parameters<typeof recordDecision>[1],
    around,
  );
}

it("a rebuild from the ledger alone brings back every case as people left it", async () => {
  const world = createRecordsWorld(1);
  for (let n = 1; n <= 11; n++) await world.openCase(n);
  const work = async (n: number, name: string, body: object): Promise<void> => {
    world.clock.now += 1_000;
    await world.post(`/api/cases/${caseIdOf(refundAction(n).id)}/${name}`, body);
  };
  const tomorrow = (): number => world.clock.now + 3_600_000;
  await decide(world, 2, "approve", ANN, 2);
  await decide(world, 3, "approve", ANN, 2);
  await decide(world, 3, "approve", BEN, 2);
  await decide(world, 4, "deny", ANN);
  await decide(world, 5, "close", BEN);
  await work(6, "assign", { to: null });
  await work(6, "assign", {});
  await work(6, "note", { text: "the parcel never came" });
  await work(6, "snooze", { until: tomorrow() });
  await work(7, "ask", { text: "which parcel?" });
  await work(8, "ask", { text: "which parcel?" });
  await work(8, "answer", { text: "the red one" });
  await work(9, "snooze", { until: tomorrow() });
  await decide(world, 9, "deny", ANN);
  await decide(world, 10, "approve", ANN, 2);
  await decide(world, 10, "close", BEN);
  // Denied in its first round by nobody: snoozed, and then there is news, which opens it anew.
  await work(11, "snooze", { until: tomorrow() });
  world.clock.now += 1_000;
  const standing = { status: "lost", dueAt: null, isOver: false, text: "there is news", at: world.clock.now };
  await world.ledger.caseNews([{ ref: refundAction(11), standing }]);
  await world.answerCase(11);

  const tables = () => ["cases", "case_notes", "case_links"].map((name) => world.tableOf(name));
  const byId = (rows: unknown[]) => [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const before = tables().map(byId);
  const states = world.rows().cases.map(({ state }) => state);
  expect(states).toEqual([
    "open",
    "open",
    "approved",
    "denied",
    "closed",
    "open",
    "open",
    "open",
    "denied",
    "closed",
    "open",
  ]);
  const [half] = await world.ledger.actions([refundAction(2)]);
  world.lose();
  await world.rebuild();
  expect(tables().map(byId)).toEqual(before);
  expect(half?.caseApprovals?.approvals).toMatchObject([{ by: { id: ANN.id } }]);
  // Twice is once.
  await world.rebuild();
  expect(tables().map(byId)).toEqual(before);
});
