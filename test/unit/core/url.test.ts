import { describe, expect, it } from "vitest";
import { isLoopbackUrl, serviceUrl } from "../../../shared/core/url.ts";

const refusalOf = (text: string): string => {
  const read = serviceUrl(text);
  return read.ok ? `taken as ${read.value}` : read.error;
};

describe("the address that a credential is sent to", () => {
  it.each([
    ["https://api.stripe.com", "https://api.stripe.com"],
    ["https://api.stripe.com/", "https://api.stripe.com"],
    ["https://gateway.example.com/v1/acct//", "https://gateway.example.com/v1/acct"],
    ["http://127.0.0.1:8787", "http://127.0.0.1:8787"],
    ["http://127.9.8.7", "http://127.9.8.7"],
    ["http://127.1:80", "http://127.1:80"],
    ["http://[::1]:8787/", "http://[::1]:8787"],
    ["http://localhost:8787", "http://localhost:8787"],
    ["http://LOCALHOST", "http://LOCALHOST"],
  ])("is %s", (text, value) => {
    expect(serviceUrl(text)).toEqual({ ok: true, value });
  });

  it.each([
    "http://api.stripe.com",
    "http://localhost.evil.com",
    "http://evil.localhost",
    "http://localhost.",
    "http://0.0.0.0:8787",
    "http://0:8787",
    "http://[::ffff:127.0.0.1]:8787",
    "http://[::]:8787",
    "http://127.0.0.1.evil.com",
    "http://128.0.0.1",
    "http://10.0.0.1",
  ])("is not %s: https is only for this machine left out", (text) => {
    expect(refusalOf(text)).toMatch(/^must begin with https:/);
  });

  it.each(["http://localhost:pw@evil.com", "https://user:pw@api.stripe.com", "http://127.0.0.1@evil.com"])(
    "is not %s: a user or a password goes into no address",
    (text) => {
      expect(refusalOf(text)).toMatch(/^must be without a user and a password/);
    },
  );

  it.each(["", "api.stripe.com", "ftp://127.0.0.1", "https://api.\nstripe.com", " https://api.stripe.com", "https://"])(
    "is not %j",
    (text) => {
      expect(refusalOf(text)).toMatch(/^must be a URL/);
    },
  );

  it.each(["https://api.stripe.com?key=x", "https://api.stripe.com/#x", "https://api.stripe.com/?"])(
    "is not %s: a path is put behind it",
    (text) => {
      expect(refusalOf(text)).toMatch(/^must end with its path/);
    },
  );

  it("is never quoted where it is refused", () => {
    expect(refusalOf("https://user:a-password@api.stripe.com")).not.toContain("a-password");
  });
});

it("knows this machine's own addresses, and takes nothing else for one", () => {
  expect(["http://127.0.0.1", "https://localhost:1", "http://[::1]"].every(isLoopbackUrl)).toBe(true);
  expect(["https://api.stripe.com", "http://0.0.0.0", "nonsense", ""].some(isLoopbackUrl)).toBe(false);
});
