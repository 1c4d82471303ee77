import { err, ok, type Result } from "./result.ts";

/**
 * The address of a service that a credential is sent to, without trailing slashes. The error is for `${name} ${error}`; it
 * quotes nothing, because an address that is refused may contain a password.
 */
export function serviceUrl(text: string): Result<string, string> {
  // The parser of URLs drops a line break or a tab in the middle without a word.
  if (!/^[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) return err(MUST_BE_URL);
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return err(MUST_BE_URL);
  if (url.username !== "" || url.password !== "")
    return err("must be without a user and a password. Give the key in its own variable");
  if (text.includes("?") || text.includes("#")) return err("must end with its path, without ? and #");
  if (url.protocol === "http:" && !isLoopback(url))
    return err("must begin with https:// (http:// only on this machine: 127.0.0.1, [::1] or localhost)");
  return ok(text.replace(/\/+$/, ""));
}

const MUST_BE_URL = "must be a URL such as https://api.example.com";

/**
 * Whether an address is this machine's own: 127.0.0.0/8, ::1 or localhost. `URL` writes each form of an IPv4 address
 * (127.1, 0x7f000001) as four numbers. Anything else is not known to be, such as 0.0.0.0, ::ffff:127.0.0.1 or a name below localhost.
 */
export function isLoopback({ hostname }: { hostname: string }): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

/** The same for an address as text; false where it is none. */
export const isLoopbackUrl = (text: string): boolean => URL.canParse(text) && isLoopback(new URL(text));
