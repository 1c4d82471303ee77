/** Findings with the names that only the writer knows: which event is missing, which entry was changed first. */
import type { AuditEntry, AuditFinding, AuditRpc } from "../contracts/audit.ts";
import { recomputedFrom, reordered } from "./verify.ts";

type Writer = Pick<AuditRpc, "entries" | "find">;
/** The entry with this number as it stands in D1; null where it has none. */
type Kept = (n: number) => Promise<AuditEntry | null>;

/** Each finding with its event; an edited entry that the writer has elsewhere is a reordered one. */
export async function namedFindings(
  findings: readonly AuditFinding[],
  writer: Writer,
  kept: Kept,
): Promise<AuditFinding[]> {
  const named: AuditFinding[] = [];
  for (const finding of findings) named.push(await namedFinding(finding, writer, kept));
  return named;
}

async function namedFinding(finding: AuditFinding, writer: Writer, kept: Kept): Promise<AuditFinding> {
  const { what, n, event, says } = finding;
  if ((what === "missing" || what === "cut") && event === null) {
    const own = await entryAt(n, writer);
    return own === null ? finding : { ...finding, event: own.event, says: `${says} (the first is ${own.event})` };
  }
  if (what === "edited" && event !== null) {
    const [own = null] = await writer.find([event]);
    return own === null || own.n === n ? finding : reordered({ n, event }, own.n);
  }
  if (what !== "recomputed") return finding;
  const first = await firstDifference(n, writer, kept);
  return first === null ? finding : recomputedFrom(first);
}

const entryAt = async (n: number, writer: Writer): Promise<AuditEntry | null> => {
  const [entry] = await writer.entries(n - 1, 1);
  return entry?.n === n ? entry : null;
};

/** The first entry up to this one whose hash is not the writer's: from it on a chain that was written again differs. */
async function firstDifference(
  last: number,
  writer: Writer,
  kept: Kept,
): Promise<Pick<AuditEntry, "n" | "event"> | null> {
  let [low, high] = [1, last];
  let found: AuditEntry | null = null;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const [own, here] = await Promise.all([entryAt(middle, writer), kept(middle)]);
    const isSame = own !== null && here !== null && own.hash === here.hash;
    if (isSame) {
      low = middle + 1;
    } else {
      found = here;
      high = middle - 1;
    }
  }
  return found;
}
