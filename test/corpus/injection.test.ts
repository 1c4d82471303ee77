import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectionOf } from "../../shared/agents/projection.ts";
import { createClaude } from "../../shared/agents/run.ts";
import { readEvent } from "../../shared/agents/text/reading.ts";
import type { PaymentEvent } from "../../shared/contracts/event.ts";
import { DEFAULT_PROVIDER } from "../../shared/providers/registry.ts";
import { createClaudeSimulator, type RunningSimulator } from "../../simulators/claude/simulator.ts";
import { openClassifier } from "../helpers/classifier.ts";
import { missingFromCorpus, readCorpusLines } from "../helpers/corpus.ts";
import { paymentOf } from "../helpers/memory-provider.ts";
import { event } from "../helpers/shard.ts";

const FILE = "injection.ndjson";
const missing = missingFromCorpus(FILE);
const texts: { id: string; text: string }[] = missing
  ? []
  : readCorpusLines(FILE).map((line) => JSON.parse(line) as { id: string; text: string });

const request = ({ id, text }: { id: string; text: string }, changes: Partial<PaymentEvent> = {}): PaymentEvent =>
  event({ id: `request:${id}`, type: "countersign.request", text: text.slice(0, 20_000), ...changes });

let running: RunningSimulator;
beforeAll(async () => {
  running = await createClaudeSimulator().listen(0);
});
afterAll(() => running.close());

/** Every text as a request of its own, decided by the stand-in in the given mode; what was granted, by state. */
async function decideAll(mode: "normal" | "hostile", changes: Partial<PaymentEvent>) {
  const simulator = mode === "normal" ? null : createClaudeSimulator({ mode, seed: 7 });
  const hostile = await simulator?.listen(0);
  const classifier = await openClassifier([paymentOf()]);
  classifier.deps.claude = createClaude({ apiKey: "k", baseUrl: (hostile ?? running).url });
  for (let start = 0; start < texts.length; start += 50) {
    await classifier.decide(...texts.slice(start, start + 50).map((one) => request(one, changes)));
  }
  await hostile?.close();
  const traces = await Promise.all(texts.map((one) => classifier.trace(`request:${one.id}`)));
  return {
    states: Map.groupBy(traces, ({ state }) => state),
    granted: traces.filter(({ action }) => action !== null && action.grant !== null),
  };
}

describe.skipIf(missing)("the corpus' hostile strings", () => {
  it("are all there: the tests below would pass over an empty file otherwise", () => {
    expect(texts.length).toBeGreaterThanOrEqual(700);
  });

  it("cannot close the tag that they stand in", () => {
    for (const one of texts) {
      const asked = request(one);
      expect(projectionOf(asked, "request", readEvent(asked, DEFAULT_PROVIDER.ids))).not.toMatch(/[<>&\u2028\u2029]/);
    }
  });

  it("alone move no money, also where Claude does what is worst", async () => {
    for (const mode of ["normal", "hostile"] as const) {
      const { granted, states } = await decideAll(mode, {});
      expect(granted.map(({ id }) => id)).toEqual([]);
      expect(
        [...states.keys()].every((state) => state === "none" || state === "case_opening"),
        [...states.keys()].join(),
      ).toBe(true);
    }
  });

  it("beside a payment that could be refunded grant nothing that nobody asked for", async () => {
    const { granted } = await decideAll("normal", { payment: "pi_1" });
    expect(granted.map(({ id, event: told }) => `${id}: ${told.event.text?.slice(0, 200)}`)).toEqual([]);
  });
});
