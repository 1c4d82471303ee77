/**
 * Whether a page of somebody else's sent this in the browser of a person who is logged in: Cloudflare Access adds that person's
 * assertion to whatever comes with its cookie. Browsers say where a request comes from (https://www.w3.org/TR/fetch-metadata/);
 * programs say nothing. What only reads does no harm: its answer cannot be read from there.
 */
export function isFromElsewhere({ method, url, headers }: Pick<Request, "method" | "url" | "headers">): boolean {
  if (method === "GET" || method === "HEAD") return false;
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return true;
  const origin = headers.get("origin");
  return origin !== null && !isOf(origin, new URL(url).host);
}

/** The scheme is not compared: TLS may end before us. */
function isOf(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
