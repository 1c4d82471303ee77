import type { JsonWebKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KEY_NAMES, loadKeys, readKeys } from "../../../cli/stack/keys.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "countersign-test-"));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

describe("the keys of a state directory", () => {
  it("are generated once, and are others in another directory", () => {
    const first = loadKeys(stateDir, {}).keys;
    expect(loadKeys(stateDir, {}).keys).toEqual(first);
    rmSync(join(stateDir, "keys.json"));
    expect(loadKeys(stateDir, {}).keys.INGEST_KEY).not.toBe(first.INGEST_KEY);
  });

  it("yield to what is given, which is not written down", () => {
    expect(loadKeys(stateDir, { INGEST_KEY: "given from outside" }).keys.INGEST_KEY).toBe("given from outside");
    expect(readFileSync(join(stateDir, "keys.json"), "utf8")).not.toContain("given from outside");
  });

  it("are readable by their owner alone", () => {
    loadKeys(stateDir, {});
    expect(statSync(join(stateDir, "keys.json")).mode & 0o077).toBe(0);
  });

  it("include a pair that signs and verifies grants with WebCrypto's Ed25519", async () => {
    const { GRANT_SIGNING_KEY, GRANT_PUBLIC_KEYS } = loadKeys(stateDir, {}).keys;
    const { kid, privateKey } = JSON.parse(GRANT_SIGNING_KEY) as { kid: string; privateKey: JsonWebKey };
    const [published] = JSON.parse(GRANT_PUBLIC_KEYS) as { kid: string; publicKey: JsonWebKey }[];
    const signer = await crypto.subtle.importKey("jwk", privateKey, { name: "Ed25519" }, false, ["sign"]);
    const verifier = await crypto.subtle.importKey("jwk", published?.publicKey ?? {}, { name: "Ed25519" }, false, [
      "verify",
    ]);
    const claims = new TextEncoder().encode("{}");
    const signature = await crypto.subtle.sign({ name: "Ed25519" }, signer, claims);
    expect(await crypto.subtle.verify({ name: "Ed25519" }, verifier, signature, claims)).toBe(true);
    expect(published?.kid).toBe(kid);
    expect(published?.publicKey).not.toHaveProperty("d");
  });

  it("never pairs half of an old grant key with half of a new one", () => {
    const { GRANT_SIGNING_KEY } = loadKeys(stateDir, {}).keys;
    writeFileSync(join(stateDir, "keys.json"), JSON.stringify({ GRANT_SIGNING_KEY }));
    const repaired = loadKeys(stateDir, {}).keys;
    const { kid } = JSON.parse(repaired.GRANT_SIGNING_KEY) as { kid: string };
    expect(repaired.GRANT_PUBLIC_KEYS).toContain(kid);
    expect(repaired.GRANT_SIGNING_KEY).not.toBe(GRANT_SIGNING_KEY);
  });

  it.each(["{", "", "[]", '"a"', '{"INGEST_KEY":3}'])(
    "that cannot be read, as in %j, are an error that names the file and says what to do",
    (text) => {
      writeFileSync(join(stateDir, "keys.json"), text);
      expect(() => readKeys(stateDir)).toThrow(join(stateDir, "keys.json"));
      expect(() => loadKeys(stateDir, {})).toThrow(/Put a copy of it back; or move it away/);
      expect(readFileSync(join(stateDir, "keys.json"), "utf8")).toBe(text);
    },
  );

  it("are never quoted where the file is not JSON", () => {
    writeFileSync(join(stateDir, "keys.json"), '{"INGEST_KEY": not-in-quotes-0123}');
    const read = () => readKeys(stateDir);
    expect(read).toThrow("keys.json is not JSON.");
    expect(read).not.toThrow(/not-in-q/);
  });

  it("are said to be made when they are, and not when they were there or are given", () => {
    expect(loadKeys(stateDir, { READ_KEY: "given" }).made).toEqual(KEY_NAMES.filter((name) => name !== "READ_KEY"));
    expect(loadKeys(stateDir, {}).made).toEqual([]);
  });

  it("of an earlier start stay as they are when a new kind of key is made", () => {
    writeFileSync(join(stateDir, "keys.json"), JSON.stringify({ INGEST_KEY: "as it was before" }));
    const { keys, made } = loadKeys(stateDir, {});
    expect([keys.INGEST_KEY, made.includes("INGEST_KEY"), made.includes("READ_KEY")]).toEqual([
      "as it was before",
      false,
      true,
    ]);
  });
});
