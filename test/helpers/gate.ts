import { DatabaseSync } from "node:sqlite";
import type { GateRpc } from "../../shared/contracts/gate.ts";
import { createGate } from "../../shared/gate/gate.ts";
import { sqlOf } from "./ledger.ts";

/** The real gate over SQLite in memory, as its callers see it: only the Durable Object around it is left out. */
export function createLocalGate(clock: { now: number }): GateRpc & { broken: Set<string> } {
  const gate = createGate(sqlOf(new DatabaseSync(":memory:")));
  const broken = new Set<string>();
  const answered = async <Answer>(name: string, answer: () => Answer): Promise<Answer> => {
    if (broken.has(name)) throw new Error(`${name}: the gate does not answer`);
    return structuredClone(answer());
  };
  return {
    broken,
    admit: (requests) => answered("admit", () => gate.admit(requests, clock.now)),
    hold: (scope, reason, by) => answered("hold", () => gate.hold(scope, reason, by, clock.now)),
    lift: (scope, reason) => answered("lift", () => gate.lift(scope, reason, clock.now)),
    holds: () => answered("holds", () => gate.holds()),
    totals: () => answered("totals", () => gate.totals(clock.now)),
    hear: (words) => answered("hear", () => gate.hear(words, clock.now)),
    heard: () => answered("heard", () => gate.heard()),
  };
}
