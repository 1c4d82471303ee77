import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openForAppend, privateFolder, readPrivate, writePrivate } from "../../../cli/private.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "countersign-test-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe("a private file", () => {
  it("is written whole, for its owner alone, and leaves no other file", () => {
    writePrivate(join(home, "keys.json"), "one");
    writePrivate(join(home, "keys.json"), "two");
    expect([readPrivate(join(home, "keys.json")), modeOf(join(home, "keys.json"))]).toEqual(["two", 0o600]);
    expect(readdirSync(home)).toEqual(["keys.json"]);
  });

  it("that does not exist is null", () => {
    expect(readPrivate(join(home, "keys.json"))).toBeNull();
  });

  it("that others could read is closed to them when it is read", () => {
    writeFileSync(join(home, "keys.json"), "a");
    chmodSync(join(home, "keys.json"), 0o644);
    expect([readPrivate(join(home, "keys.json")), modeOf(join(home, "keys.json"))]).toEqual(["a", 0o600]);
  });

  it("is refused where a symlink stands in its place: for reading, writing and adding", () => {
    writeFileSync(join(home, "target"), "untouched");
    symlinkSync(join(home, "target"), join(home, "link"));
    for (const act of [readPrivate, openForAppend, (path: string) => writePrivate(path, "x")])
      expect(() => act(join(home, "link"))).toThrow(/link is a symlink: refused/);
    expect(readFileSync(join(home, "target"), "utf8")).toBe("untouched");
  });

  it("is refused where a symlink leads nowhere, and nothing is made at its end", () => {
    symlinkSync(join(home, "nowhere"), join(home, "link"));
    for (const act of [readPrivate, openForAppend, (path: string) => writePrivate(path, "x")])
      expect(() => act(join(home, "link"))).toThrow("is a symlink: refused");
    expect(readdirSync(home)).toEqual(["link"]);
  });

  it("is refused where a folder or a pipe stands in its place, without waiting for the pipe", () => {
    mkdirSync(join(home, "folder"));
    execFileSync("mkfifo", [join(home, "pipe")]);
    for (const name of ["folder", "pipe"])
      expect(() => readPrivate(join(home, name))).toThrow("is not a file: refused");
  });

  it.runIf(process.getuid?.() === 0)("of another user is refused", () => {
    writeFileSync(join(home, "keys.json"), "a");
    execFileSync("chown", ["65534", join(home, "keys.json")]);
    for (const act of [readPrivate, (path: string) => writePrivate(path, "x")])
      expect(() => act(join(home, "keys.json"))).toThrow("belongs to another user: refused");
  });
});

describe("a private folder", () => {
  it("is made for its owner alone, and an open one is closed", () => {
    privateFolder(join(home, "a", "b"));
    mkdirSync(join(home, "open"), { mode: 0o755 });
    privateFolder(join(home, "open"));
    expect([modeOf(join(home, "a", "b")), modeOf(join(home, "open"))]).toEqual([0o700, 0o700]);
  });

  it("may be a symlink to a folder of this user", () => {
    mkdirSync(join(home, "disk"), { mode: 0o755 });
    symlinkSync(join(home, "disk"), join(home, "state"));
    privateFolder(join(home, "state"));
    expect(modeOf(join(home, "disk"))).toBe(0o700);
  });

  it.runIf(process.getuid?.() === 0)("of another user is refused", () => {
    mkdirSync(join(home, "theirs"));
    execFileSync("chown", ["65534", join(home, "theirs")]);
    expect(() => privateFolder(join(home, "theirs"))).toThrow("belongs to another user: refused");
  });
});
