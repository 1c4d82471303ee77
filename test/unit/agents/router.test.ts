import { describe, expect, it } from "vitest";
import { router } from "../../../shared/agents/router.ts";
import { PROPOSED_ACTIONS } from "../../../shared/contracts/actions.ts";

describe("the router's prompt", () => {
  it("says of every action that may be answered when it is right", () => {
    const [, actions = ""] = /\nActions\n([\s\S]*?)\n\n/.exec(router.prompt) ?? [];
    const described = Array.from(actions.matchAll(/^- ([a-z, ]+):/gm), ([, names = ""]) => names.split(", ")).flat();
    expect(described.toSorted()).toEqual([...PROPOSED_ACTIONS].toSorted());
  });
});
