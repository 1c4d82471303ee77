import type { BareEvent, BareQueue } from "./runtime.ts";

type Env = { EVENTS: BareQueue };

const MAX_MESSAGES = 100;

/** Parses and forwards, without signature, key or ledger. A lost message is lost. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.headers.get("content-type") === "application/json") {
      await env.EVENTS.send((await request.json()) as BareEvent);
      return Response.json({ accepted: 1 }, { status: 202 });
    }
    const lines = (await request.text()).split("\n").filter((line) => line !== "");
    for (let start = 0; start < lines.length; start += MAX_MESSAGES) {
      await env.EVENTS.sendBatch(
        lines.slice(start, start + MAX_MESSAGES).map((line) => ({ body: JSON.parse(line) as BareEvent })),
      );
    }
    return Response.json({ accepted: lines.length }, { status: 202 });
  },
};
