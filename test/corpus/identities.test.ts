/**
 * What identifies money, of every event of the corpus: recorded with b8fe3b2, as one hash an event over its identities
 * and over what would be signed for it.
 */
import { describe, expect, it } from "vitest";
import { missingFromCorpus, readCorpusLines } from "../helpers/corpus.ts";
import {
  asThen,
  grantedFor,
  hashOf,
  identitiesOf,
  isHeardLater,
  PROPOSAL_NAMES,
  readFixture,
  unheard,
} from "../helpers/identities.ts";
import { openDoor } from "../helpers/ingest-door.ts";

const FILE = "stripe-events.ndjson";

const readRecorded = (): string[] => readFixture("identities-corpus.txt").trim().split("\n");

/** Many events of the corpus share one id, so each gets its own. */
async function observe(): Promise<{ lines: string[]; unowed: Set<string> }> {
  const door = openDoor();
  for (const [index, line] of readCorpusLines(FILE).entries())
    await door.postStripe(JSON.stringify({ ...JSON.parse(line), id: `evt_corpus_${index + 1}` }));
  const recorded = new Map(readRecorded().map((line) => [line.split(" ")[0], line]));
  const lines: string[] = [];
  const unowed = new Set<string>();
  for (const event of door.memory.events()) {
    const now = await identitiesOf(event);
    // Nobody acted on what told of nothing then, so it may tell of something by now.
    const isNew = isHeardLater(now) && recorded.get(event.id)?.split(" ")[1] === "none";
    const found = isNew ? unheard(now) : now;
    const { factKey } = found;
    const granted =
      factKey === null ? [] : await Promise.all(PROPOSAL_NAMES.map((name) => grantedFor(event, factKey, name)));
    const then = await Promise.all(granted.map((one) => one && asThen(one)));
    if (event.amountMinor === 0) unowed.add(event.id);
    lines.push(`${event.id} ${found.route} ${hashOf({ found, granted: then }).slice(0, 32)}`);
  }
  return { lines, unowed };
}

describe.skipIf(missingFromCorpus(FILE))("an event of the corpus that an older deployment has seen", () => {
  it("has the same identities, and the same bytes would be signed for it", async () => {
    const recorded = readRecorded();
    expect(recorded.length).toBe(399);
    const { lines, unowed } = await observe();
    // What is owed nothing was tried again then, and is left now: of these only what they tell of is compared.
    expect(unowed.size).toBeLessThan(recorded.length / 10);
    const comparable = (line: string): string => {
      const [id = "", route = "", hash] = line.split(" ");
      return unowed.has(id) ? `${id} ${route}` : `${id} ${route} ${hash}`;
    };
    expect(lines.map(comparable)).toEqual(recorded.map(comparable));
  });
});
