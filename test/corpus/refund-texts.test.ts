import { describe, expect, it } from "vitest";
import { maskCovering } from "../../shared/agents/text/mask.ts";
import { readEvent } from "../../shared/agents/text/reading.ts";
import { DEFAULT_PROVIDER } from "../../shared/providers/registry.ts";
import { missingFromCorpus, readCorpusLines } from "../helpers/corpus.ts";
import { event } from "../helpers/shard.ts";

const FILE = "labelled-requests.ndjson";
const missing = missingFromCorpus(FILE);
const texts = missing
  ? []
  : readCorpusLines(FILE)
      .map((line) => JSON.parse(line) as { text: string; action: string })
      .filter(({ action }) => action === "refund");

/** Whatever they ask for. */
const everyText = missing ? [] : readCorpusLines(FILE).map((line) => (JSON.parse(line) as { text: string }).text);

/** Each beside the payment that it is about, as a caller sends it. */
const readings = texts.map(({ text }) => readEvent(event({ payment: "pi_1Labelled", text }), DEFAULT_PROVIDER.ids));

describe.skipIf(missing)("the labelled refund texts of the corpus", () => {
  it("leave something unexplained in fewer than 15 of 100, and the share of each reason is printed", () => {
    expect(readings).toHaveLength(806);
    const share = (count: number): string => `${((count / readings.length) * 100).toFixed(1)}%`;
    const inDoubt = readings.filter(({ doubts }) => doubts.length > 0);
    const kinds = Map.groupBy(
      readings.flatMap(({ doubts }) => [...new Set(doubts.map(({ about }) => about))]),
      (about) => about,
    );
    const byReason = [...kinds].map(([about, all]) => `${about} ${share(all.length)}`).sort();
    const unasked = readings.filter(({ asks }) => !asks).length;
    console.info(
      `${readings.length} refund texts: ${share(inDoubt.length)} leave something unexplained (${byReason.join(", ")}); ` +
        `${share(unasked)} ask for no money back in words that code knows`,
    );
    expect(inDoubt.length / readings.length).toBeLessThan(0.15);
  });

  it("are masked in fewer than 1 of 1,000 texts, none of them in doubt, and how many is printed", () => {
    const masked = everyText.map((text) => ({ text, masked: maskCovering(text) }));
    const changed = masked.filter(({ text, masked }) => masked.text !== text);
    const inDoubt = masked.filter(({ masked }) => masked.covered.length + masked.written.length > 0);
    console.info(`${changed.length} of ${everyText.length} labelled texts are masked, ${inDoubt.length} in doubt`);
    expect(changed.length / everyText.length).toBeLessThan(0.001);
    expect(inDoubt).toEqual([]);
  });
});
