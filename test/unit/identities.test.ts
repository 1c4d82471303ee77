/**
 * What identifies money, of every event of the demo's day and of some through other doors: recorded with b8fe3b2, by
 * writing what `observe` answers into the fixture, one line each. Never recorded anew: a change here pays twice.
 */
import { describe, expect, it } from "vitest";
import { generateDay } from "../../simulators/day/index.ts";
import {
  asNamedThen,
  asThen,
  type Granted,
  grantedFor,
  type Identities,
  identitiesOf,
  isHeardLater,
  PROPOSAL_NAMES,
  readFixture,
  unheard,
} from "../helpers/identities.ts";
import { openDoor } from "../helpers/ingest-door.ts";

const START_AT = Date.parse("2026-10-22T09:00:00Z");
const DAY_MS = 86_400_000;

type Recorded = { identities: Identities[]; granted: Granted[] };

/** The events as the public door stores them, in the order of their arrival. */
async function receive() {
  const door = openDoor();
  const { stream } = generateDay({ events: 500, seed: 1, startAt: START_AT });
  for (const { door: name, body } of stream) {
    if (name === "stripe") await door.postStripe(body);
    else if (name === "events") await door.postLines(body);
    else await door.postJson("/v1/requests", JSON.parse(body));
  }
  await sendThroughOtherDoors(door);
  return door.memory.events();
}

/** What the day has not: other accounts and modes, other providers' words, outside decisions, slots of a used key. */
async function sendThroughOtherDoors(door: ReturnType<typeof openDoor>): Promise<void> {
  const base = { occurredAt: "2026-10-22T09:00:00Z", mode: "test", amountMinor: 4_250, currency: "usd" };
  const failed = { ...base, type: "invoice.payment_failed", invoice: "in_other", payment: "pi_other", attempt: 2 };
  const own = [
    { ...failed, id: "own_1" },
    { ...failed, id: "own_2", account: "acct_other" },
    { ...failed, id: "own_3", account: "acct_other", mode: "live" },
    { ...base, id: "own_4", type: "payment_intent.payment_failed", payment: "pi_other" },
    { ...base, id: "own_5", type: "payment_intent.payment_failed", payment: "pi_other", attempt: 3 },
    { ...base, id: "own_6", type: "payment_intent.payment_failed" },
    { ...base, id: "own_7", type: "adyen.CHARGEBACK", payment: "8835511210681324", account: "ShopOne" },
    { ...base, id: "own_8", type: "review.opened", charge: "ch_other" },
    { ...base, id: "own_9", type: "refund.failed", refund: "re_other", payment: "pi_other" },
    { ...base, id: "own_10", type: "refund.failed", payment: "pi_other", actionId: `act_${"0".repeat(32)}` },
    { ...base, id: "own_11", type: "charge.refunded", payment: "pi_other", actionId: `act_${"1".repeat(32)}` },
    { ...base, id: "own_12", type: "countersign.request", text: "Refund 42.50 USD, please.", payment: "pi_other" },
  ];
  for (const event of own) await door.postJson("/v1/events", event);
  const decision = { action: "refund", reason: "asked for", amount_cents: 4_250, currency: "USD", payment: "pi_other" };
  await door.postJson("/api/payments", { source: "elsewhere", decision });
  await door.postJson("/api/payments", { source: "elsewhere", decision }, { "idempotency-key": "used-again" });
  const asked = { message: "Refund my payment, please.", payment: "ch_other" };
  for (const _day of [1, 2, 3]) {
    await door.postJson("/v1/requests", asked, { "idempotency-key": '"used-again"' });
    door.setNow(door.now() + DAY_MS);
  }
}

const MASKED = "masked";

async function observe(then: Recorded): Promise<Recorded> {
  const wasGranted = new Set(then.granted.map(({ id }) => id));
  const identities: Identities[] = [];
  const granted: Granted[] = [];
  for (const [nth, stored] of (await receive()).entries()) {
    const event = asNamedThen(stored, then.identities[nth]?.id);
    const found = await identitiesOf(event);
    // A text with an address in it is stored with a mask by now: what is masked cannot be compared.
    const isMasked = event.text?.includes("[e-mail]") === true;
    identities.push(isMasked ? { ...found, content: MASKED } : found);
    if (found.factKey === null || !wasGranted.has(found.id)) continue;
    for (const name of PROPOSAL_NAMES) {
      const one = await grantedFor(event, found.factKey, name);
      if (one !== null) granted.push(one);
    }
  }
  return { identities, granted };
}

function readRecorded(): Recorded {
  const lines = readFixture("identities.ndjson").trim().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as Identities | Granted);
  return {
    identities: entries.filter((entry): entry is Identities => "route" in entry),
    granted: entries.filter((entry): entry is Granted => "claims" in entry),
  };
}

describe("an event that an older deployment has seen", async () => {
  const recorded = readRecorded();
  const observed = await observe(recorded);
  const masked = new Set(observed.identities.filter(({ content }) => content === MASKED).map(({ id }) => id));
  const comparable = ({ identities }: Recorded): Identities[] =>
    identities.map((one) => (masked.has(one.id) ? { ...one, content: MASKED } : one));

  it("is stored under the same id with the same content, whatever door it comes through", () => {
    const stored = (identities: readonly Identities[]) => identities.map(({ id, content }) => ({ id, content }));
    expect(recorded.identities.length).toBeGreaterThan(400);
    expect(masked.size).toBeLessThan(recorded.identities.length / 100);
    expect(stored(observed.identities)).toEqual(stored(comparable(recorded)));
  });

  it("tells of the same fact, whose row, actions and provider keys have the same names", () => {
    const facts = new Set(recorded.identities.map(({ route }) => route));
    expect(facts.size).toBe(12);
    const wasNone = new Set(recorded.identities.filter(({ route }) => route === "none").map(({ id }) => id));
    const found = observed.identities.map((one) => (wasNone.has(one.id) && isHeardLater(one) ? unheard(one) : one));
    expect(found).toEqual(comparable(recorded));
  });

  it("is granted the same bytes under the same signature for every kind of action, but for the time from which it is good", async () => {
    for (const name of PROPOSAL_NAMES)
      expect(recorded.granted.filter(({ proposal }) => proposal === name).length, name).toBeGreaterThan(24);
    // What these texts leave open is judged more strictly since then; what is granted stays the same.
    const wasUnnamed = new Set(
      recorded.granted.filter((one) => one.case?.endsWith("is not the amount that was named")).map(({ id }) => id),
    );
    expect(wasUnnamed.size).toBeLessThan(recorded.granted.length / 10);
    const others = ({ granted }: Recorded) =>
      granted.filter(({ id, proposal }) => proposal !== "refund" || !wasUnnamed.has(id));
    expect(await Promise.all(others(observed).map(asThen))).toEqual(others(recorded));
  });
});
