import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normaliseAdyenBody, normaliseAdyenItem } from "../../../shared/providers/adyen/normalise.ts";
import { normaliseStripeEvent } from "../../../shared/providers/stripe/normalise.ts";
import { hmacBase64Of, INGEST_KEYS, openDoor, STANDARD_SECRET } from "../../helpers/ingest-door.ts";

const RUNS = { numRuns: 150 };
const PATHS = [
  "/v1/events",
  "/webhooks/stripe",
  "/webhooks/adyen",
  "/webhooks/standard",
  "/v1/requests",
  "/api/payments",
];
const TYPES = ["application/json", "application/x-ndjson", "text/plain", ""];

const bytes = fc.uint8Array({ maxLength: 300 });
const json = fc.jsonValue({ maxDepth: 4 }).map((value) => new TextEncoder().encode(JSON.stringify(value)));
/** Objects that carry the names that the code looks for, with anything in them. */
const names = [
  ..."id object type created livemode data amount currency customer charge invoice payment_intent outcome request".split(
    " ",
  ),
  ..."account last_payment_error payments parent lines next_payment_attempt attempt_count toString __proto__".split(
    " ",
  ),
  ..."pspReference eventCode success amount value additionalData eventDate notificationItems live message".split(" "),
];
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      0.5,
      2 ** 53,
      "",
      "event",
      "charge",
      "invoice",
      "payment_intent",
      "usd",
      "x",
    ),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 8 }),
  ),
})).value;

describe("arbitrary input", () => {
  it.each(PATHS)("never makes %s answer 5xx", async (path) => {
    const door = openDoor();
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes, json), fc.constantFrom(...TYPES), async (body, type) => {
        const headers = {
          authorization: `Bearer ${INGEST_KEYS[0]}`,
          "content-type": type,
          "stripe-signature": "t=1,v1=00",
        };
        const response = await door.post(path, body, headers);
        expect(response.status).toBeLessThan(500);
      }),
      RUNS,
    );
    expect(door.logged.filter(({ what }) => what === "ingest.bug")).toEqual([]);
  });

  it("in headers and paths never makes any route answer 5xx", async () => {
    const door = openDoor();
    const header = fc.string({ unit: "binary-ascii", maxLength: 60 }).filter((text) => /^[\x20-\x7e]*$/.test(text));
    await fc.assert(
      fc.asyncProperty(header, fc.constantFrom(...PATHS), fc.webPath(), async (text, path, odd) => {
        const headers = {
          authorization: text,
          "idempotency-key": text,
          prefer: text,
          "stripe-signature": text,
          hmacsignature: text,
        };
        expect((await door.post(path, "{}", { ...headers, "content-type": text })).status).toBeLessThan(500);
        expect((await door.get(`/v1/events${odd}`)).status).toBeLessThan(500);
      }),
      RUNS,
    );
  });

  it("that is signed never makes a webhook answer 5xx", async () => {
    const door = openDoor();
    const key = Uint8Array.from(atob(STANDARD_SECRET.slice(6)), (c) => c.charCodeAt(0));
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        const body = JSON.stringify(value);
        expect((await door.postStripe(body)).status).toBeLessThan(500);
        const timestamp = String(Math.floor(door.now() / 1000));
        const signature = await hmacBase64Of(key, `m.${timestamp}.${body}`);
        const headers = { "webhook-id": "m", "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
        expect((await door.post("/webhooks/standard", body, headers)).status).toBeLessThan(500);
      }),
      RUNS,
    );
  });

  it("never makes a normaliser throw, or name an amount that is not one", () => {
    fc.assert(
      fc.property(
        anything,
        anything,
        fc.constantFrom("charge.failed", "invoice.payment_failed", "x"),
        (object, rest, type) => {
          const events = [
            normaliseStripeEvent({ ...(rest as object), id: "evt_1", type, data: { object } }, "live"),
            normaliseAdyenItem(
              { ...(object as object), pspReference: "P", eventCode: "REFUND" },
              { live: rest, mode: "test" },
            ),
            normaliseAdyenBody(object, "0".repeat(64)),
          ];
          for (const event of events) {
            if (!event.ok || event.value.amountMinor === undefined) continue;
            expect(Number.isSafeInteger(event.value.amountMinor) && event.value.amountMinor >= 0).toBe(true);
            expect(event.value.currency).toBeDefined();
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
