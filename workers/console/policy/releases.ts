import { actEventId } from "../../../shared/contracts/act.ts";
import type { GateRpc, PublishedRow } from "../../../shared/contracts/gate.ts";
import { RELEASE_ID } from "../../../shared/contracts/people.ts";
import { recordAct } from "../../../shared/records/acts/record.ts";
import type { PolicyDeps } from "./deps.ts";
import { ABOUT } from "./ladder.ts";

export type ReleaseDeps = Pick<PolicyDeps, "ledger" | "audited" | "mode"> & { gate: Pick<GateRpc, "history"> };

const PAGE = 100;
/** Under the number of the publication: the numbers of acts are people's. */
export const releaseEventId = (n: number): string => actEventId(`${ABOUT}:release`, n);

/**
 * Gives what a release has published by itself its event in the ledger and its entry in the audit, in the release's name.
 * The gate publishes when it starts, and can reach neither; so whoever can comes by. `known`: the last number that was
 * looked at; answers the newest there is. The same again changes nothing, and goes on where a crash has left it. Throws
 * where something is away.
 */
export async function recordReleases(known: number, deps: ReleaseDeps): Promise<number> {
  const rows = await publicationsFrom(known, deps.gate);
  const byRelease = rows.filter(({ n, by }) => n > known && by?.id === RELEASE_ID);
  for (const row of byRelease.reverse()) {
    const before = rows.find(({ n }) => n === row.n - 1)?.version ?? null;
    await record(row, before, deps);
  }
  return rows[0]?.n ?? known;
}

/** Newest first, down to `known`, whose version the next one was published over. */
async function publicationsFrom(known: number, gate: Pick<GateRpc, "history">): Promise<PublishedRow[]> {
  const rows: PublishedRow[] = [];
  for (let before: number | null = null; ; ) {
    const page = await gate.history(PAGE, before);
    rows.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE || last.n <= known) return rows;
    before = last.n;
  }
}

async function record(row: PublishedRow, over: string | null, deps: ReleaseDeps): Promise<void> {
  if (row.by === null) return;
  const id = releaseEventId(row.n);
  const recorded = await recordAct(deps.ledger, {
    what: "policy.publish",
    id,
    about: ABOUT,
    n: row.n,
    by: row.by,
    key: `release:${row.n}`,
    before: { version: over },
    after: { version: row.version, publication: row.n },
    text: null,
    at: row.at,
    mode: deps.mode,
  });
  if (recorded.kind === "unavailable") throw new Error(`the ledger did not take ${id}`);
  if (recorded.kind === "other")
    throw new Error(`${recorded.event.id} is another act, and stands where this one would`);
  await deps.audited([recorded.event]);
}
