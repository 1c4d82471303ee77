import { request as openRequest } from "node:http";
import type { Stack } from "../../cli/stack/index.ts";
import type { Problem, Receipt } from "../../shared/contracts/http.ts";

export type UploadAnswer = { status: number; text: string; body: Receipt & Partial<Problem> };

export type Upload = {
  /** Waits until there is room for more. False once nothing more is taken: it was answered, or the connection is gone. */
  write(part: string | Uint8Array): Promise<boolean>;
  end(): Promise<UploadAnswer>;
  /** Rejects when the connection ends without an answer. */
  answer: Promise<UploadAnswer>;
  /** The sender is gone, in the middle of what it had to say. */
  breakOff(): void;
};

/** `POST /v1/events` as NDJSON whose length nobody knows, on a connection of its own, with backpressure. */
export function openUpload({ ingestUrl, keys }: Pick<Stack, "ingestUrl" | "keys">): Upload {
  const request = openRequest(`${ingestUrl}/v1/events?lane=batch`, {
    method: "POST",
    agent: false,
    headers: { authorization: `Bearer ${keys.INGEST_KEY}`, "content-type": "application/x-ndjson" },
  });
  let isOver = false;
  const over = new Promise<void>((resolve) => {
    const end = () => {
      isOver = true;
      resolve();
    };
    // A server that has answered may close before it has read everything: what is written then fails, and may.
    for (const event of ["response", "error", "close"]) request.once(event, end);
  });
  const answer = new Promise<UploadAnswer>((resolve, reject) => {
    request.on("error", (error) => reject(error));
    request.once("response", async (response) => {
      try {
        const text = (await response.toArray()).join("");
        resolve({ status: response.statusCode ?? 0, text, body: JSON.parse(text) as UploadAnswer["body"] });
      } catch (error) {
        reject(error);
      }
    });
  });
  // Whoever breaks off does not wait for the answer.
  answer.catch(() => undefined);
  return {
    answer,
    write: async (part) => {
      if (isOver) return false;
      const drained = new Promise<void>((resolve) => request.once("drain", resolve));
      if (!request.write(part)) await Promise.race([drained, over]);
      return !isOver;
    },
    end: () => {
      request.end();
      return answer;
    },
    breakOff: () => void request.destroy(),
  };
}

/** Sends all parts, and answers with what came of it. */
export async function upload(
  stack: Pick<Stack, "ingestUrl" | "keys">,
  parts: Iterable<string | Uint8Array>,
): Promise<UploadAnswer> {
  const opened = openUpload(stack);
  for (const part of parts) if (!(await opened.write(part))) break;
  return opened.end();
}
