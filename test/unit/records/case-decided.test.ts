import { describe, expect, test } from "vitest";
import { caseRowOf } from "../../../shared/records/case.ts";
import { ANN, BEN, keep, no, openCaseOf, refuse, signedOf, use, yes } from "../../helpers/deciding.ts";
import { failure, openShard, START } from "../../helpers/shard.ts";

/** What D1 is told again of a case that people have decided, from its row alone. */
function opened() {
  const open = openShard();
  const item = openCaseOf(open);
  open.pass(1_000);
  return { open, item, row: () => caseRowOf(open.view(item)) };
}
const THEN = START + 1_000;

describe("the case of an action that people have decided", () => {
  test("is open while nobody has, and after half an approval", () => {
    const { open, item, row } = opened();
    expect(row()).toMatchObject({ state: "open", version: 1, openedAt: START, closedAt: null });
    yes(open, item, ANN, { needs: 2 });
    expect(row()).toMatchObject({ state: "open", version: 1, closedAt: null });
  });

  test("is approved once its approval is used, and stays so while it is executed, with the reason that it had", () => {
    const { open, item, row } = opened();
    yes(open, item, ANN, { needs: 2 });
    const approval = signedOf(yes(open, item, BEN, { needs: 2 }));
    // All yeses alone send nothing: whoever was to carry them on may have died.
    expect(row()).toMatchObject({ state: "open", closedAt: null });
    const stands = { state: "approved", version: 1, openedAt: START, closedAt: THEN, reason: "medium confidence" };
    use(open, item, approval);
    open.lease(item);
    expect(row()).toMatchObject({ ...stands, decidedBy: "Ann and Ben" });
  });

  test("is denied, or closed, since it was", () => {
    for (const [kind, state] of [
      ["deny", "denied"],
      ["close", "closed"],
    ] as const) {
      const { open, item, row } = opened();
      no(open, item, ANN, { kind });
      open.pass(5_000);
      expect(row()).toMatchObject({ state, version: 1, openedAt: START, closedAt: THEN });
    }
  });

  test("is open again in the next version when the approval was refused or its execution failed, be it for the same reason", () => {
    for (const fails of [false, true]) {
      const { open, item, row } = opened();
      const approval = signedOf(yes(open, item, ANN));
      if (fails) {
        use(open, item, approval);
        open.fail(item, open.lease(item).fence, { ...failure("provider_refused"), detail: "medium confidence" });
      } else refuse(open, item, approval, "medium confidence");
      expect(row()).toMatchObject({ state: "open", version: 2 });
      keep(open, item);
      expect(row()).toMatchObject({ state: "open", version: 2, openedAt: THEN, closedAt: null });
    }
  });

  test("is approved where another target was", () => {
    const { open, item, row } = opened();
    open.shard.supersede(open.refOf(item), signedOf(yes(open, item, ANN)), "pi_other", THEN);
    expect(row()).toMatchObject({ state: "approved", version: 1, closedAt: THEN });
  });
});
