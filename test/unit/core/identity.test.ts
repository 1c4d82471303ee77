import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fnv1a, sha256Hex } from "../../../shared/core/hash.ts";
import { actionIdOf, actionIdOfProviderKey, factRowKey, providerKey, shardOf } from "../../../shared/core/ids.ts";
import { canonicalJson, parseJson } from "../../../shared/core/json.ts";
import { backoffMs, jitter } from "../../../shared/core/time.ts";

describe("canonical JSON", () => {
  it("is one text for equal values, in whatever order their fields were written", () => {
    expect(canonicalJson({ b: 1, a: { d: [2, { z: 1, y: 2 }], c: null } })).toBe(
      '{"a":{"c":null,"d":[2,{"y":2,"z":1}]},"b":1}',
    );
  });

  it("leaves out what is undefined, and keeps what is null", () => {
    expect(canonicalJson({ a: undefined, b: null })).toBe('{"b":null}');
  });

  it("tells different values apart, and reads back as what it was", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        return canonicalJson(JSON.parse(text)) === text;
      }),
    );
  });
});

describe("parseJson", () => {
  it("answers what is wrong instead of throwing", () => {
    expect(parseJson("{")).toMatchObject({ ok: false, error: expect.any(String) });
    expect(parseJson("[1]")).toEqual({ ok: true, value: [1] });
  });
});

describe("an action's id", () => {
  const identity = { account: null, mode: "test", factKey: "failed_renewal/in_1:1", step: 1 } as const;

  it("is the same for the same fact and step, and has not changed since the first release", async () => {
    expect(await actionIdOf(identity)).toBe(await actionIdOf({ ...identity }));
    expect(await actionIdOf(identity)).toBe("act_443aaa3f3d689b518638f48287d8b91d");
  });

  it.each([{ account: "acct_1" }, { mode: "live" as const }, { factKey: "x" }, { step: 2 }])(
    "is another for %o",
    async (changes) => {
      expect(await actionIdOf({ ...identity, ...changes })).not.toBe(await actionIdOf(identity));
    },
  );

  it("does not confuse a value that moves from one part to the next", async () => {
    const a = await actionIdOf({ account: "a", mode: "test", factKey: "b", step: 1 });
    expect(await actionIdOf({ account: "a,b", mode: "test", factKey: "", step: 1 })).not.toBe(a);
  });

  it("is found again in its own provider key, and in nobody else's", async () => {
    const id = await actionIdOf(identity);
    expect(actionIdOfProviderKey(providerKey(id, 7))).toBe(id);
    for (const other of [id, `${id}:`, `x${id}:0`, `${id}:0x`, "act_zz:0", ""])
      expect(actionIdOfProviderKey(other)).toBeNull();
  });
});

describe("a fact's row", () => {
  it("is another one in another account or mode", () => {
    const keys = [
      factRowKey({ account: null, mode: "test", factKey: "f" }),
      factRowKey({ account: null, mode: "live", factKey: "f" }),
      factRowKey({ account: "acct_1", mode: "test", factKey: "f" }),
    ];
    expect(new Set(keys).size).toBe(3);
  });
});

describe("hashes", () => {
  it("are those of their standards", async () => {
    // FIPS 180-4 and http://www.isthe.com/chongo/tech/comp/fnv/
    expect(await sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect([fnv1a(""), fnv1a("a"), fnv1a("foobar")]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  });

  it("spread keys over every shard, each key always to the same", () => {
    const shards = new Set(Array.from({ length: 1_000 }, (_, n) => shardOf(`stripe:evt_${n}`, 64)));
    expect(shards.size).toBe(64);
    expect(shardOf("pi_1", 64)).toBe(shardOf("pi_1", 64));
  });
});

describe("waits", () => {
  it("double from the first to the cap, and stay there for ever", () => {
    expect([1, 2, 3, 4, 100, 0].map((n) => backoffMs(n, 10, 45))).toEqual([10, 20, 40, 45, 45, 10]);
  });

  it("are spread over half of themselves", () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (ms, unit) => {
        const spread = jitter(ms, unit);
        return spread >= Math.floor(ms / 2) && spread <= ms;
      }),
    );
  });
});
