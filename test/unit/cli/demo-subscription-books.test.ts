import { describe, expect, it } from "vitest";
import { type ChangeBooks, findWrongChanges } from "../../../cli/demo/subscription-books.ts";
import type { PlannedChange } from "../../../simulators/day/index.ts";
import { counted, totals } from "../../helpers/chaos-evidence.ts";

type Made = ChangeBooks["subscriptionChanges"][number];

const asked = (change: Partial<PlannedChange> = {}): PlannedChange => ({
  body: "{}",
  kind: "subscription: pause",
  subscription: "sub_1",
  alsoNamed: null,
  change: "pause",
  expected: "made",
  ...change,
});
const made = (change: Partial<Made> = {}): Made => ({
  subscription: "sub_1",
  change: "pause",
  idempotencyKey: null,
  statusBefore: "active",
  effective: true,
  ...change,
});
const recorded = (...kinds: string[]) => totals({ actions: kinds.map((kind) => counted(kind, "succeeded")) });
const wrongs = (requests: PlannedChange[], changes: Made[], told = recorded("pause")): string[] =>
  findWrongChanges(requests, { subscriptionChanges: changes }, told);

describe("the demo's check of changed subscriptions", () => {
  it("finds nothing where the one change that was asked for was made, and what was so already did nothing", () => {
    expect(wrongs([asked()], [made(), made({ effective: false })])).toEqual([]);
  });

  it("sees what was not made, was made twice, or was another change", () => {
    expect(wrongs([asked()], [], recorded())).toEqual(["sub_1: nothing was made, asked for was pause"]);
    expect(wrongs([asked()], [made(), made()])).toEqual([
      "sub_1: pause and pause was made, asked for was pause",
      "the ledger records 1 of pause, the provider has 2",
    ]);
    expect(wrongs([asked()], [made({ change: "cancel_at_period_end" })], recorded("cancel"))).toEqual([
      "sub_1: cancel_at_period_end was made, asked for was pause",
    ]);
  });

  it("sees what was made though a person was to decide, and what was only named", () => {
    const refused = asked({ expected: "case", alsoNamed: "sub_2" });
    expect(wrongs([refused], [made()])).toEqual(["sub_1: pause was made, asked for was pause"]);
    expect(wrongs([refused], [made({ subscription: "sub_2" })])).toEqual(["sub_2 was changed, and was only named"]);
  });

  it("lets either of two requests for one subscription be made, and not both", () => {
    const pair = [asked({ change: "downgrade" }), asked({ expected: "case" })];
    expect(wrongs(pair, [made({ change: "price" })], recorded("downgrade"))).toEqual([]);
    expect(wrongs(pair, [made()])).toEqual([]);
    expect(wrongs(pair, [made(), made({ change: "price" })], recorded("pause", "downgrade"))).toEqual([
      "sub_1: pause and price was made, asked for was price and pause",
    ]);
  });

  it("sees a change after the subscription's end", () => {
    expect(wrongs([asked()], [made({ statusBefore: "canceled" })])).toEqual(["pause of sub_1 was made after its end"]);
  });
});
