import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";

export type Stalled = {
  /** The answer and how long it took. Rejects when the connection ends without one. */
  answer: Promise<{ status: number; text: string; afterMs: number }>;
  send(part: string): void;
  /** The sender is gone: it closes its connection, or resets it, of which the runtime hears in another way. */
  breakOff(how: "close" | "reset"): void;
};

const STATUS = /^HTTP\/1\.1 (\d{3}) /;

/** Says how long its body is, sends a part of it, and then sends nothing more. */
export function openStalled(url: string, path: string, headers: Record<string, string>, part: string): Stalled {
  const { hostname, port } = new URL(url);
  const begunAt = performance.now();
  const socket: Socket = connect({ host: hostname, port: Number(port) });
  const head = Object.entries({ host: "door", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST ${path} HTTP/1.1\r\n${head.join("")}\r\n${part}`);
  const answer = new Promise<{ status: number; text: string; afterMs: number }>((resolve, reject) => {
    let text = "";
    const look = (isOver: boolean): void => {
      const status = Number(STATUS.exec(text)?.[1] ?? 0);
      const [, body = ""] = text.split("\r\n\r\n");
      if (status > 0 && (isOver || body.includes("}"))) {
        resolve({ status, text: body, afterMs: performance.now() - begunAt });
        socket.destroy();
      } else if (isOver) reject(new Error(`the connection ended without an answer: ${text}`));
    };
    socket.setEncoding("utf8");
    socket.on("data", (data: string) => {
      text += data;
      look(false);
    });
    socket.once("close", () => look(true));
    socket.once("error", reject);
  });
  answer.catch(() => undefined);
  return {
    answer,
    send: (more) => void socket.write(more),
    breakOff: (how) => void (how === "close" ? socket.destroy() : socket.resetAndDestroy()),
  };
}
