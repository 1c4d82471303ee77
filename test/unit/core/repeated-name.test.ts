import { describe, expect, it } from "vitest";
import { readJsonText } from "../../../shared/core/json-text.ts";
import { repeatedNameAt } from "../../../shared/core/repeated-name.ts";
import { cpuMsOf } from "../../helpers/cpu.ts";

describe("a name that stands twice in one object", () => {
  it.each([
    ["side by side", '{"a":1,"a":2}', 7],
    ["with the same value", '{"a":1,"a":1}', 7],
    ["written in two ways", '{"a":1,"\\u0061":2}', 7],
    ["inside another object", '{"o":{"a":1,"a":2}}', 12],
    ["inside a list", '[{"b":1},{"a":1,"b":[1],"a":2}]', 24],
    ["around a nested object that has it too", '{"a":{"a":1},"a":2}', 13],
    ["with blanks before the colon", '{"a" :1,\n"a"\t: 2}', 9],
    ["as __proto__", '{"__proto__":1,"__proto__":2}', 15],
    ["behind an escaped quote", '{"a\\"b":"\\\\","a\\"b":1}', 13],
    ["as the empty one", '{"":1,"":2}', 6],
  ])("is found %s", (_where, json, at) => {
    expect(() => JSON.parse(json)).not.toThrow();
    expect(repeatedNameAt(json)).toBe(at);
  });

  it.each([
    ["of two objects of a list", '[{"a":1},{"a":1}]'],
    ["of an object and the one in it", '{"a":{"a":{"a":1}}}'],
    ["that is a value elsewhere", '{"a":"a","b":"a","c":["a","a"]}'],
    ["inside a text", '{"a":"{\\"a\\":1,\\"a\\":2}"}'],
    ["that differs in case", '{"a":1,"A":2}'],
  ])("is none where it is one %s", (_where, json) => {
    expect(() => JSON.parse(json)).not.toThrow();
    expect(repeatedNameAt(json)).toBeNull();
  });

  it.each([
    ["an object in an object", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["quotes", JSON.stringify({ a: '"\\'.repeat(200_000) })],
    ["backslashes and quotes", `{"a":"${`${"\\".repeat(999)}"`.repeat(1_000)}"}`],
    ["blanks", `{"a"${" ".repeat(1_000_000)}:1}`],
  ])("is looked for in a megabyte of %s in a second", (_of, json) => {
    expect(cpuMsOf(() => expect(repeatedNameAt(json)).toBeNull())).toBeLessThan(1_000);
  });
});

describe("what is wrong with JSON", () => {
  it.each([
    ["", "is empty; send JSON in UTF-8"],
    [" \r\n", "is empty; send JSON in UTF-8"],
    ['{\0"\0a\0"\0:\x001\0}\0', "has NUL characters, as UTF-16 has; send it in UTF-8"],
    ['{"secret":}', "is not valid JSON: Unexpected token '}'"],
    ['{"secret":1,"secret":2}', "has the same name twice in one object, again at character 13; send each name once"],
  ])("is said of %j without repeating it", (text, why) => {
    expect(readJsonText(text)).toEqual({ ok: false, error: why });
  });
});
