import { afterEach, describe, expect, it, vi } from "vitest";
import { createKeyedHash } from "../../../shared/core/keyed-hash.ts";

const KEY = "a-key-of-enough-characters";

describe("a keyed hash", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("is not made without a key", () => {
    expect(() => createKeyedHash([], "CONTENT_HASH_KEY")).toThrow("CONTENT_HASH_KEY holds no key");
  });

  it("is the first key's, then each other's", async () => {
    const [first] = await createKeyedHash([KEY], "K")("text");
    const [second] = await createKeyedHash([`${KEY}-2`], "K")("text");
    expect(await createKeyedHash([KEY, `${KEY}-2`], "K")("text")).toEqual([first, second]);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
  });

  it("does not wait for a key that another request began to import and never ended", async () => {
    const hash = createKeyedHash([KEY], "K");
    vi.spyOn(crypto.subtle, "importKey").mockReturnValueOnce(new Promise(() => undefined));
    void hash("cancelled");
    expect(await hash("text")).toEqual(await createKeyedHash([KEY], "K")("text"));
  });
});
