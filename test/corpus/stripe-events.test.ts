import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { type PaymentEvent, senderEvent } from "../../shared/contracts/event.ts";
import { normaliseStripeEvent } from "../../shared/providers/stripe/normalise.ts";
import { missingFromCorpus, readCorpusLines } from "../helpers/corpus.ts";
import { openDoor, signStripe } from "../helpers/ingest-door.ts";

const FILE = "stripe-events.ndjson";
type Body = { id: string; type: string; data: { object: Record<string, unknown> } };

/** Many events of the corpus share one id, so each gets its own, as different deliveries would have. */
function readEvents(): Body[] {
  return readCorpusLines(FILE).map((line, index) => ({ ...JSON.parse(line), id: `evt_corpus_${index + 1}` }));
}

/** What it tells is ours, and no field that a sender may write. */
const withoutTells = ({ tells: _tells, ...event }: PaymentEvent) => event;

describe.skipIf(missingFromCorpus(FILE))("399 Stripe events of all API versions since 2012", () => {
  const events = missingFromCorpus(FILE) ? [] : readEvents();

  it("are all there", () => {
    expect(events.length).toBe(399);
  });

  it("are all answered 202 when they are signed, and are stored under their own id", async () => {
    const door = openDoor();
    const refused: string[] = [];
    for (const event of events) {
      const response = await door.postStripe(JSON.stringify(event));
      if (response.status !== 202) refused.push(`${event.type}: ${response.status} ${await response.text()}`);
    }
    expect(refused).toEqual([]);
    expect(door.memory.rows.size).toBe(399);
  });

  it("all satisfy the contract of an event", () => {
    const broken: string[] = [];
    for (const event of events) {
      const read = normaliseStripeEvent(event, "live");
      const checked = read.ok ? v.safeParse(senderEvent, withoutTells(read.value)) : null;
      if (!checked?.success) broken.push(`${event.id} ${event.type}: ${read.ok ? "against the contract" : read.error}`);
      else expect(checked.output).toEqual(read.ok ? withoutTells(read.value) : null);
    }
    expect(broken).toEqual([]);
  });

  it("show no defect: every amount and currency in them can be read", () => {
    const defects = events.flatMap((event) => {
      const read = normaliseStripeEvent(event, "live");
      return read.ok && read.value.defects ? [`${event.id} ${event.type}: ${read.value.defects.join("; ")}`] : [];
    });
    expect(defects).toEqual([]);
  });

  const referenceOf = {
    charge: "charge",
    payment_intent: "payment",
    invoice: "invoice",
    subscription: "subscription",
    customer: "customer",
    refund: "refund",
    dispute: "dispute",
    "radar.early_fraud_warning": "dispute",
    review: "dispute",
  } as const;

  it.each(Object.entries(referenceOf))("about a %s name it as their %s", (kind, reference) => {
    const about = events.filter(({ data }) => data.object.object === kind && data.object.id);
    expect(about.length).toBeGreaterThan(0);
    for (const event of about) {
      const read = normaliseStripeEvent(event, "live");
      expect(read.ok && read.value[reference], event.id).toBe(event.data.object.id);
    }
  });

  it("are the same events when they come again from a file as an array or as lines", async () => {
    const door = openDoor();
    for (const event of events) await door.postStripe(JSON.stringify(event));
    const lines = await door.postLines(events.map((event) => JSON.stringify(event)).join("\n"), "?lane=batch");
    expect(await lines.json()).toMatchObject({ accepted: 0, duplicates: 399, conflicts: 0, rejected: { count: 0 } });
    const array = await door.postJson("/v1/events", events.slice(0, 100));
    expect(await array.json()).toMatchObject({ accepted: 0, duplicates: 100, conflicts: 0, rejected: { count: 0 } });
  });

  it("are refused, every one, when a byte of them changed after signing", async () => {
    const door = openDoor();
    for (const event of events.slice(0, 50)) {
      const body = JSON.stringify(event);
      const signature = await signStripe(body, door.now());
      const response = await door.post("/webhooks/stripe", `${body} `, { "stripe-signature": signature });
      expect(response.status).toBe(401);
    }
    expect(door.memory.rows.size).toBe(0);
  });
});
