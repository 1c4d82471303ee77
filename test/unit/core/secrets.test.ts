import { afterEach, describe, expect, it, vi } from "vitest";
import { equalBytes, equalText, splitSecrets } from "../../../shared/core/secrets.ts";

describe("secrets", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("tell equal secrets from unequal ones of any length", () => {
    expect(equalText("secret", "secret")).toBe(true);
    for (const other of ["", "secre", "secret ", "Secret", "secreT"]) expect(equalText("secret", other)).toBe(false);
  });

  it("are compared by the runtime where it can, which refuses bytes of different lengths", () => {
    const timingSafeEqual = vi.fn((a: Uint8Array, b: Uint8Array) => {
      if (a.byteLength !== b.byteLength) throw new TypeError("lengths differ");
      return a.every((byte, index) => byte === b[index]);
    });
    vi.stubGlobal("crypto", { subtle: { timingSafeEqual } });
    const bytes = Uint8Array.of(1, 2, 3);
    expect(equalBytes(bytes, Uint8Array.of(1, 2, 3))).toBe(true);
    expect(equalBytes(bytes, Uint8Array.of(1, 2, 4))).toBe(false);
    expect(equalBytes(bytes, Uint8Array.of(1, 2))).toBe(false);
    expect(timingSafeEqual).toHaveBeenCalledTimes(2);
  });

  it("several in a list are separated by commas, blanks around them do not count", () => {
    expect(splitSecrets(" a, b,,c ,")).toEqual(["a", "b", "c"]);
    expect(splitSecrets("")).toEqual([]);
  });
});
