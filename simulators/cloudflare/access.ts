import { createHmac, createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A stand-in for one team of Cloudflare Access: its key set over HTTP, and logins that it signs. It is not Cloudflare, asks
 * nobody for a password, and says so in every answer.
 */
const STAND_IN = { "x-stand-in": "countersign-cloudflare-access" };

/** Whom a login names. Access gives a person's token a subject, and a service token's an empty one and a common name. */
export type AccessLogin = { subject: string; email?: string } | { service: string };

/** What a test makes different of a login that would be good. Times in seconds. */
export type OddLogin = {
  claims?: Record<string, unknown>;
  /** Of another key than the team's, under the same key id. */
  isForeign?: boolean;
  kid?: string;
  /** "HS256" signs with the public key as the secret, which anybody has. */
  algorithm?: Algorithm;
};

type Algorithm = "RS256" | "RS512" | "HS256" | "none";
type Pair = { kid: string; publicKey: KeyObject; privateKey: KeyObject };

export type AccessSimulator = ReturnType<typeof createAccessSimulator>;

export function createAccessSimulator({ audience }: { audience: string }) {
  let pair = newPair("1");
  const foreign = newPair("1");
  let server: Server | null = null;
  let isAway = false;
  let fetched = 0;
  let issuer = "";

  return {
    audience,
    /** The team's address, once it listens: the value for ACCESS_TEAM_DOMAIN. */
    issuer: (): string => issuer,
    /** How often somebody has asked for the keys. */
    fetched: (): number => fetched,
    /** From now on the key set is a 503, or is there again. */
    setAway(away: boolean): void {
      isAway = away;
    },
    /** A new key, and none of the old. */
    rotate(): void {
      pair = newPair(String(Number(pair.kid) + 1));
    },
    async listen(port = 0): Promise<string> {
      const listening = createServer((request, response) => {
        if (request.url !== "/cdn-cgi/access/certs") return void response.writeHead(404, STAND_IN).end();
        fetched++;
        if (isAway) return void response.writeHead(503, STAND_IN).end("away");
        response.writeHead(200, { ...STAND_IN, "content-type": "application/json" });
        response.end(JSON.stringify({ keys: [jwkOf(pair)] }));
      });
      await new Promise<void>((resolve) => listening.listen(port, "127.0.0.1", resolve));
      server = listening;
      issuer = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
      return issuer;
    },
    async close(): Promise<void> {
      server?.closeAllConnections();
      await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())));
    },
    /** The assertion that Access would put on a request. `nowMs` in epoch milliseconds. */
    login(
      who: AccessLogin,
      nowMs: number,
      { claims = {}, isForeign = false, kid, algorithm = "RS256" }: OddLogin = {},
    ) {
      const now = Math.floor(nowMs / 1000);
      const payload = {
        aud: [audience],
        iss: issuer,
        iat: now,
        nbf: now,
        exp: now + 3_600,
        type: "app",
        ...("subject" in who
          ? { sub: who.subject, email: who.email ?? "person@example.com" }
          : { sub: "", common_name: who.service }),
        ...claims,
      };
      const head = `${part({ alg: algorithm, kid: kid ?? pair.kid, typ: "JWT" })}.${part(payload)}`;
      return `${head}.${signatureOf(head, algorithm, isForeign ? foreign : pair)}`;
    },
  };
}

function newPair(kid: string): Pair {
  return { kid, ...generateKeyPairSync("rsa", { modulusLength: 2048 }) };
}

const jwkOf = ({ kid, publicKey }: Pair) => ({ ...publicKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" });
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const HASH = { RS256: "RSA-SHA256", RS512: "RSA-SHA512" } as const;

function signatureOf(head: string, algorithm: Algorithm, { privateKey, publicKey }: Pair): string {
  if (algorithm === "none") return "";
  if (algorithm !== "HS256") return createSign(HASH[algorithm]).update(head).sign(privateKey, "base64url");
  const secret = publicKey.export({ format: "pem", type: "spki" });
  return createHmac("sha256", secret).update(head).digest("base64url");
}
