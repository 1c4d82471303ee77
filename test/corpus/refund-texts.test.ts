import { describe, expect, it } from "vitest";
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
});
