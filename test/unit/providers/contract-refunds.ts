import { describe, expect, test } from "vitest";
import { again, type ContractWorld, call, portOf, refundOf, soon } from "./contract-world.ts";

const SHORT_MS = 400;
/** Of a call with a short deadline: a busy machine may stop for seconds, the SDK alone would wait for 80. */
const LATE_MS = 15_000;

/** How refunds behave, also when the provider misbehaves. */
export function refundContract(name: string, world: () => ContractWorld): void {
  const { snapshotOf, refundsOf, refund } = portOf(world);

  describe(`${name} refunds`, () => {
    test("a refund is done, bears its action's id and shows in the snapshot", async () => {
      const { payment } = await world().captured({ amountMinor: 4_250 });
      const options = call();
      const effect = await refund(payment, 1_000, options);
      expect(effect).toMatchObject({ kind: "done", amountMinor: 1_000, pending: false });
      expect(await refundsOf(payment)).toMatchObject([
        { actionId: options.actionId, amountMinor: 1_000, currency: "usd", status: "succeeded" },
      ]);
      expect((await snapshotOf({ kind: "payment", id: payment })).refundedMinor).toBe(1_000);
    });

    test("twice with one key is one refund, and both calls name it", async () => {
      const { payment } = await world().captured({ amountMinor: 4_250 });
      const options = call();
      const first = await refund(payment, 1_000, options);
      expect(await refund(payment, 1_000, again(options))).toEqual(first);
      expect(await world().refundsInTheBooks(payment)).toEqual([1_000]);
    });

    test("another amount under the same key is refused and moves nothing", async () => {
      const { payment } = await world().captured({ amountMinor: 4_250 });
      const options = call();
      await refund(payment, 1_000, options);
      expect(await refund(payment, 2_000, again(options))).toMatchObject({ kind: "refused", stored: false });
      expect(await world().refundsInTheBooks(payment)).toEqual([1_000]);
    });

    test("more than what remains is refused", async () => {
      const { payment } = await world().captured({ amountMinor: 1_000 });
      await refund(payment, 600, call());
      expect(await refund(payment, 500, call())).toMatchObject({ kind: "refused" });
      expect(await world().refundsInTheBooks(payment)).toEqual([600]);
    });

    test("what is refunded already is refused, not done: somebody else's refund is not ours", async () => {
      const { payment } = await world().captured({ amountMinor: 1_000 });
      await refund(payment, 1_000, call());
      expect(await refund(payment, 1_000, call())).toMatchObject({ kind: "refused", code: "charge_already_refunded" });
    });

    test("a disputed charge is not refunded", async () => {
      const { payment } = await world().captured({ amountMinor: 1_000 });
      await world().dispute(payment);
      expect(await refund(payment, 1_000, call())).toMatchObject({ kind: "refused", code: "charge_disputed" });
      expect(await world().refundsInTheBooks(payment)).toEqual([]);
    });

    test("an unknown payment is refused", async () => {
      expect(await refund("pi_missing", 100, call())).toMatchObject({ kind: "refused", code: "resource_missing" });
    });

    test("a pending refund is done and pending, and counts as refunded", async () => {
      const { payment } = await world().captured({ amountMinor: 1_000 });
      await world().nextRefund(payment, "pending");
      expect(await refund(payment, 400, call())).toMatchObject({ kind: "done", pending: true, amountMinor: 400 });
      expect(await refundsOf(payment)).toMatchObject([{ status: "pending", amountMinor: 400 }]);
      expect((await snapshotOf({ kind: "payment", id: payment })).refundedMinor).toBe(400);
    });

    test("a refund that the bank fails at once is refused, and does not count as refunded", async () => {
      const { payment } = await world().captured({ amountMinor: 1_000 });
      await world().nextRefund(payment, "failed");
      expect(await refund(payment, 400, call())).toMatchObject({ kind: "refused", code: "refund_failed" });
      expect((await snapshotOf({ kind: "payment", id: payment })).refundedMinor).toBe(0);
    });

    test("refunds are listed over all their pages, newest first", async () => {
      const { payment } = await world().captured({ amountMinor: 1_000 });
      for (let n = 0; n < 101; n++) await refund(payment, 1, call());
      const refunds = await refundsOf(payment);
      expect(new Set(refunds.map(({ id }) => id)).size).toBe(101);
      expect(refunds.map(({ createdAt }) => createdAt)).toEqual(
        refunds.map(({ createdAt }) => createdAt).toSorted((a, b) => b - a),
      );
    });
  });

  describe(`${name} disturbed`, () => {
    test.each(["error after the effect", "cut after the effect"] as const)(
      "%s: the call is unclear, and the list then shows the refund by its action's id",
      async (disturbance) => {
        const { payment } = await world().captured({ amountMinor: 1_000 });
        await world().disturb(disturbance);
        const options = call();
        expect(await refund(payment, 400, options)).toMatchObject({ kind: "unclear" });
        expect(await refundsOf(payment)).toMatchObject([{ actionId: options.actionId, amountMinor: 400 }]);
      },
    );

    test.each(["error before the effect", "cut before the effect"] as const)(
      "%s: the call is unclear, and the list shows nothing",
      async (disturbance) => {
        const { payment } = await world().captured({ amountMinor: 1_000 });
        await world().disturb(disturbance);
        expect(await refund(payment, 400, call())).toMatchObject({ kind: "unclear" });
        expect(await refundsOf(payment)).toEqual([]);
      },
    );

    test("a server error is told apart from a cut connection: only the first is stored under the key", async () => {
      const { payment } = await world().captured({ amountMinor: 1_000 });
      await world().disturb("error before the effect");
      expect(await refund(payment, 400, call())).toMatchObject({ kind: "unclear", storedError: true });
      await world().disturb("cut before the effect");
      expect(await refund(payment, 400, call())).toMatchObject({ kind: "unclear", storedError: false });
    });

    test.each(["silence before the effect", "silence after the effect"] as const)(
      "%s: the call ends with its deadline, unclear",
      async (disturbance) => {
        const { payment } = await world().captured({ amountMinor: 1_000 });
        await world().disturb(disturbance);
        const startedAt = performance.now();
        expect(await refund(payment, 400, call(SHORT_MS))).toMatchObject({ kind: "unclear", storedError: false });
        expect(performance.now() - startedAt).toBeLessThan(LATE_MS);
      },
    );

    test("a provider that is busy is asked again later", async () => {
      const { payment } = await world().captured({ amountMinor: 1_000 });
      await world().disturb("busy");
      const options = call();
      expect(await refund(payment, 400, options)).toMatchObject({
        kind: "not_now",
        failure: { reason: "provider_rate_limited" },
      });
      await world().calm();
      expect(await refund(payment, 400, again(options))).toMatchObject({ kind: "done" });
    });

    test("a deadline that has passed before the call sends nothing", async () => {
      const { payment } = await world().captured({ amountMinor: 1_000 });
      const effect = await refund(payment, 400, { ...call(), signal: AbortSignal.abort() });
      expect(effect).toMatchObject({ kind: "not_now", failure: { reason: "provider_unavailable" } });
      expect(await world().refundsInTheBooks(payment)).toEqual([]);
    });

    test("where nothing listens, nothing was sent: not now, for calls; unavailable, for readings", async () => {
      expect(await world().unreachable.refund(refundOf("pi_any", 100), call())).toMatchObject({
        kind: "not_now",
        failure: { reason: "provider_unavailable" },
      });
      expect(await world().unreachable.find({ kind: "payment", id: "pi_any" }, soon())).toMatchObject({
        ok: false,
        error: { reason: "provider_unavailable" },
      });
    });

    test("a key that the provider does not know is a failure, never an answer", async () => {
      const { payment } = await world().captured({ amountMinor: 1_000 });
      expect(await world().unauthorized.refund(refundOf(payment, 1), call())).toMatchObject({
        kind: "not_now",
        failure: { reason: "provider_unauthorized" },
      });
      expect(await world().unauthorized.find({ kind: "payment", id: payment }, soon())).toMatchObject({
        ok: false,
        error: { reason: "provider_unauthorized" },
      });
      expect(await world().unauthorized.findToRefund({ kind: "payment", id: payment }, soon())).toMatchObject({
        ok: false,
        error: { reason: "provider_unauthorized" },
      });
    });
  });
}
