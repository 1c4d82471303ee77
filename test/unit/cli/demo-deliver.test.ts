import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { parcelsOf, stripeSignature } from "../../../cli/demo/deliver.ts";
import { storedIds } from "../../../cli/demo/walk.ts";
import { generateDay, type StreamItem } from "../../../simulators/day/index.ts";

const item = (door: StreamItem["door"], body: string): StreamItem => ({
  door,
  body,
  label: body,
  isCopy: false,
  isGarbage: false,
});

describe("parcelsOf", () => {
  it("sends webhooks and requests alone, and lines of an export together, none left out", () => {
    const stream = [
      item("stripe", "w1"),
      item("events", "l1"),
      item("requests", "r1"),
      item("events", "l2"),
      item("stripe", "w2"),
    ];
    const parcels = parcelsOf(stream).map(({ path, items }) => `${path} ${items.map(({ body }) => body).join(" ")}`);
    expect(parcels).toEqual(["/webhooks/stripe w1", "/v1/events l1 l2", "/v1/requests r1", "/webhooks/stripe w2"]);
  });

  it("begins another parcel when one is full", () => {
    const parcels = parcelsOf(Array.from({ length: 60 }, (_, i) => item("events", String(i))));
    expect(parcels.flatMap(({ items }) => items)).toHaveLength(60);
    expect(Math.max(...parcels.map(({ items }) => items.length))).toBe(25);
  });
});

describe("stripeSignature", () => {
  it("is one that Stripe's own library accepts, under the first of several secrets", async () => {
    const payload = '{"id":"evt_1","object":"event"}';
    const header = stripeSignature(payload, "whsec_first,whsec_second");
    const verify = (secret: string) => new Stripe("sk_test_x").webhooks.constructEventAsync(payload, header, secret);
    expect((await verify("whsec_first")).id).toBe("evt_1");
    await expect(verify("whsec_second")).rejects.toThrow();
  });
});

describe("storedIds", () => {
  it("names each event once, by its source, and leaves garbage out", () => {
    const stream = [
      item("stripe", '{"id":"evt_1","object":"event"}'),
      item("events", '{"id":"evt_1","object":"event"}'),
      item("events", '{"id":"order-7","type":"x"}'),
      item("requests", '{"message":"a"}'),
      { ...item("events", "not JSON"), isGarbage: true },
    ];
    const idByBody = new Map([['{"message":"a"}', "request:00ff"]]);
    expect(storedIds(stream, idByBody)).toEqual(["stripe:evt_1", "api:order-7", "request:00ff"]);
  });

  it("leaves no event of a day out", () => {
    const { stream } = generateDay({ events: 200, seed: 1, startAt: 0 });
    const events = stream.filter(({ isCopy, isGarbage, door }) => !isCopy && !isGarbage && door !== "requests");
    expect(storedIds(stream, new Map())).toHaveLength(events.length);
  });
});
