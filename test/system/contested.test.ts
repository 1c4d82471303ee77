/** An ingest key takes the id of a provider's event before the provider's own delivery arrives. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Trace } from "../../shared/contracts/views.ts";
import { type Told, tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";

let system: TestStack;
beforeAll(async () => {
  system = await bootStack();
});
afterAll(async () => await system?.stop());

const ACCEPTED = { accepted: 1, duplicates: 0, conflicts: 0, rejected: { count: 0, lines: [] } };
const declined = (): Told => tell({ outcome: { kind: "declined", code: "insufficient_funds" } });
const payPath = ({ id }: Told): string => `/v1/invoices/${id.invoice}/pay`;

/** The event of a failed renewal, and the same id with another payment's invoice in it. */
async function contestedOf() {
  const [real, other] = [declined(), declined()];
  await system.stripe.put([...real.objects, ...other.objects]);
  if (real.invoice === null || other.invoice === null) throw new Error("a renewal has an invoice");
  const event = real.event("invoice.payment_failed", real.invoice);
  const planted = { ...(JSON.parse(event.body) as object), data: { object: other.invoice } };
  return { id: event.id, real, other, signed: event.body, keyed: JSON.stringify(planted) };
}

const factOf = ({ fact }: Trace): string | undefined => fact?.key;

describe("an event with a key whose id the provider's signed event has too", () => {
  it("does not take its place: both are stored, the signed one is decided in its own right, one conflict is told", async () => {
    const { id, real, other, signed, keyed } = await contestedOf();
    expect((await system.ingest.event(keyed)).body).toMatchObject(ACCEPTED);
    await system.ended(id);
    expect((await system.ingest.stripe(signed)).body).toMatchObject(ACCEPTED);
    for (let n = 0; n < 2; n++) expect((await system.ingest.stripe(signed)).body).toMatchObject({ duplicates: 1 });

    const [first, second] = await Promise.all([system.ended(id), system.ended(`${id}:signed`)]);
    expect(first.event).toMatchObject({ provenance: "keyed", event: { invoice: other.id.invoice } });
    expect(second.event).toMatchObject({ provenance: "signed", event: { invoice: real.id.invoice } });
    expect([first.state, second.state]).toEqual(["succeeded", "succeeded"]);
    expect(factOf(second)).toContain(real.id.invoice);
    expect(factOf(second)).not.toBe(factOf(first));
    expect(await system.sentTo(payPath(real))).toHaveLength(1);
    expect(await system.sentTo(payPath(other))).toHaveLength(1);

    const { event: report } = await system.ended(`conflict:${id}`);
    expect(report).toMatchObject({ provenance: "own", conflicts: 0, event: { invoice: real.id.invoice } });
    expect(report.event.text).toContain(`The first was decided: ${first.action?.action.id} on`);
    expect(report.event.text).toContain(`"${other.id.invoice}" (with a key) and "${real.id.invoice}" (signed)`);
  });

  it("and that tells of the same fact has its decision stand for both: one retry, and the case names it", async () => {
    const { real, signed, id } = await contestedOf();
    const body = JSON.parse(signed) as { data: { object: { amount_remaining: number } } };
    body.data.object.amount_remaining += 100;
    expect((await system.ingest.event(body)).body).toMatchObject(ACCEPTED);
    const first = await system.ended(id);
    expect((await system.ingest.stripe(signed)).body).toMatchObject(ACCEPTED);
    const second = await system.ended(`${id}:signed`);
    expect(first.state).toBe("succeeded");
    expect(factOf(second)).toBe(factOf(first));
    expect(second.fact?.eventId).toBe(id);
    expect(await system.sentTo(payPath(real))).toHaveLength(1);
    const { event: report } = await system.ended(`conflict:${id}`);
    expect(report.event.text).toMatch(/They differ: amountMinor is \d+ \(with a key\) and \d+ \(signed\)\./);
    expect(report.event.text).toContain(`The first was decided: ${first.action?.action.id}`);
  });

  it("that comes after it is a conflict for its sender, told once, and moves nothing", async () => {
    const { id, real, other, signed, keyed } = await contestedOf();
    expect((await system.ingest.stripe(signed)).body).toMatchObject(ACCEPTED);
    await system.ended(id);
    for (let n = 0; n < 2; n++) {
      const { body } = await system.ingest.lines([keyed]);
      expect(body).toMatchObject({ ...ACCEPTED, accepted: 0, conflicts: 1 });
    }
    const { event: report } = await system.ended(`conflict:${id}`);
    expect(report.event.text).toContain("the one that came with a key decides nothing");
    expect((await system.ended(id)).event).toMatchObject({ conflicts: 2, event: { invoice: real.id.invoice } });
    expect(await system.sentTo(payPath(other))).toHaveLength(0);
  });
});
