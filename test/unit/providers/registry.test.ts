import { expect, test } from "vitest";
import { providerOfEvent } from "../../../shared/providers/registry.ts";

test.each([
  ["stripe:evt_1", "stripe"],
  ["api:evt_1", "stripe"],
  ["standard:evt_1", "stripe"],
  ["request:evt_1", "stripe"],
  ["outside:evt_1", "stripe"],
  ["adyen:evt_1", "adyen"],
  ["unheard-of:evt_1", null],
  ["evt_1", null],
  [":evt_1", null],
  ["", null],
  ["constructor:evt_1", null],
])("what %j is about belongs to %j", (eventId, provider) => {
  expect(providerOfEvent(eventId)?.name ?? null).toBe(provider);
});
