import { afterEach, describe, expect, it, vi } from "vitest";
import { equalBytes, equalText, splitSecrets, valuesIn } from "../../../shared/core/secrets.ts";

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

  it.each([
    ["a line each", "new\nold", ["new", "old"]],
    ["a line each, as Windows ends them", "new\r\nold\r\n", ["new", "old"]],
    ["a JSON list", '["new", "old"]', ["new", "old"]],
    ["a JSON list over lines", '[\n"new",\n"old"\n]\n', ["new", "old"]],
    ["one, with the line break of its file", "new\n", ["new"]],
    ["one with a comma and a blank in it, whole", "new, old", ["new, old"]],
    ["none", " \n ", []],
    ["none in a list", "[]", []],
  ])("are %s", (_what, text, values) => {
    expect(valuesIn(text)).toEqual({ ok: true, value: values });
  });

  it.each(['["new", "old"', '["new", 7]', "[new]"])("are not what only begins as a list: %s", (text) => {
    const read = valuesIn(text);
    expect(read.ok ? "taken" : read.error).toMatch(/^begins with \[ and is no JSON list/);
    expect(JSON.stringify(read)).not.toContain("[new");
    expect(splitSecrets(text)).toEqual([]);
  });

  it("of webhooks are separated by commas too, blanks around them do not count", () => {
    expect(splitSecrets(" a, b,,c ,\nd")).toEqual(["a", "b", "c", "d"]);
    expect(splitSecrets("")).toEqual([]);
  });
});
