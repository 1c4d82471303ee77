import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Chunk } from "../../../cli/send/piece.ts";
import { type PostOptions, postChunk } from "../../../cli/send/post.ts";
import { bookmarkOf } from "../../../cli/send/resume.ts";

type Reply = { status: number; body: unknown };
let replies: Reply[] = [];
let received: string[] = [];
let server: Server;
let url: string;

beforeEach(async () => {
  replies = [];
  received = [];
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      received.push(Buffer.concat(parts).toString());
      const { status, body } = replies.shift() ?? { status: 500, body: "no reply was prepared" };
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => void server.close());

type Bad = { line: number; error: string; retryable?: true };
const receiptBody = (accepted: number, lines: Bad[]) => ({
  accepted,
  duplicates: 0,
  conflicts: 0,
  rejected: { count: lines.length, lines },
});
const receipt = (accepted: number, lines: Bad[] = []): Reply => ({ status: 202, body: receiptBody(accepted, lines) });
const chunk = (numbers: number[]): Chunk => ({
  lines: numbers.map((line) => ({ line, bytes: new TextEncoder().encode(`event ${line}`) })),
  tooLong: [],
  end: { offset: 0, line: 0 },
});
const options: PostOptions = {
  lane: "live",
  stopping: new AbortController().signal,
  onWait: () => undefined,
  firstWaitMs: 1,
};
const post = (numbers: number[], given = options) => postChunk({ url, key: "k" }, chunk(numbers), given);

describe("postChunk", () => {
  it("names rejected lines by their number in the file", async () => {
    replies = [receipt(2, [{ line: 2, error: "is not JSON" }])];
    expect((await post([11, 13, 17])).rejected).toEqual([{ line: 13, error: "is not JSON" }]);
  });

  it("sends again only the lines that could not be taken, and counts each once", async () => {
    const away = "the ledger did not answer";
    replies = [
      receipt(1, [
        { line: 2, error: away, retryable: true },
        { line: 3, error: "is not JSON" },
        { line: 4, error: away, retryable: true },
      ]),
      receipt(1, [{ line: 2, error: "float amount" }]),
    ];
    const sent = await post([5, 6, 7, 8]);
    expect(received).toEqual(["event 5\nevent 6\nevent 7\nevent 8\n", "event 6\nevent 8\n"]);
    expect(sent).toEqual({
      accepted: 2,
      duplicates: 0,
      conflicts: 0,
      rejected: [
        { line: 7, error: "is not JSON" },
        { line: 8, error: "float amount" },
      ],
    });
  });

  const cut = (accepted: number, continueFrom: number, lines: Bad[] = []): Reply => ({
    status: 413,
    body: { title: "Content Too Large", detail: "go on from there", ...receiptBody(accepted, lines), continueFrom },
  });

  it("goes on by itself from the line at which a request ended early", async () => {
    replies = [cut(2, 3), cut(0, 2, [{ line: 1, error: "is not JSON" }]), receipt(1)];
    const sent = await post([11, 12, 13, 14]);
    expect(received).toEqual(["event 11\nevent 12\nevent 13\nevent 14\n", "event 13\nevent 14\n", "event 14\n"]);
    expect(sent).toMatchObject({ accepted: 3, rejected: [{ line: 13, error: "is not JSON" }] });
  });

  it("goes on with what was not read, and with the lines that the ledger did not take", async () => {
    replies = [cut(1, 3, [{ line: 1, error: "away", retryable: true }]), receipt(2)];
    expect(await post([11, 12, 13])).toMatchObject({ accepted: 3, rejected: [] });
    expect(received[1]).toBe("event 11\nevent 13\n");
  });

  it("does not go on where a request ended before its first line was read", async () => {
    replies = [cut(0, 1)];
    await expect(post([1, 2])).rejects.toThrow("go on from there");
    expect(received).toHaveLength(1);
  });

  it("waits and sends again when ingest is away", async () => {
    replies = [{ status: 503, body: {} }, { status: 429, body: {} }, receipt(1)];
    expect((await post([1])).accepted).toBe(1);
    expect(received).toHaveLength(3);
  });

  it("does not insist on a refusal: a wrong key is said at once, with what to do", async () => {
    replies = [{ status: 401, body: { title: "Not known", detail: "no such key" } }];
    await expect(post([1])).rejects.toThrow(/no such key.*INGEST_KEY/);
    expect(received).toHaveLength(1);
  });

  it("reports lines that are too long without sending them", async () => {
    replies = [receipt(1)];
    const sent = await postChunk({ url, key: "k" }, { ...chunk([2]), tooLong: [1] }, options);
    expect(sent.rejected).toEqual([{ line: 1, error: "the line is longer than 1 MB" }]);
    expect(received).toEqual(["event 2\n"]);
  });

  it("stops waiting for lines that are not taken once it is told to stop", async () => {
    replies = [receipt(0, [{ line: 1, error: "away", retryable: true }])];
    await expect(post([1], { ...options, stopping: AbortSignal.abort() })).rejects.toThrow(
      "does not answer for 1 line",
    );
    expect(received).toHaveLength(1);
  });
});

describe("the bookmark of a file", () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "countersign-test-"));
    file = join(directory, "events.ndjson");
    writeFileSync(file, "first content\n");
    utimesSync(file, 1_000, 1_000);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const reached = { offset: 100, line: 8, accepted: 7, duplicates: 0, conflicts: 0, rejected: 0 };
  const open = (to = "http://a") => bookmarkOf(file, join(directory, "state"), to);

  it("is found again by the same file, and begins at the first line without one", () => {
    expect(open().read().line).toBe(1);
    open().write(reached);
    expect(open().read()).toMatchObject(reached);
  });

  it("is not another file's: content, time or destination tell them apart", () => {
    open().write(reached);
    expect(open("http://b").read().line).toBe(1);
    utimesSync(file, 2_000, 2_000);
    expect(open().read().line).toBe(1);
    writeFileSync(file, "other content\n");
    utimesSync(file, 1_000, 1_000);
    expect(open().read().line).toBe(1);
  });

  it("is gone when the file has been sent", () => {
    open().write(reached);
    open().remove();
    expect(open().read().line).toBe(1);
  });
});
