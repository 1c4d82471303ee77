import type { V4WorkerOptions } from "miniflare";
import { bindingOf } from "../../shared/queue/producers.ts";
import type { TestStack } from "./stack.ts";
import { readWorkerConfigs } from "./wrangler-configs.ts";

/** Every queue that any Worker consumes, as the wrangler.toml files say: a new one is forged into from its first day. */
export const CONSUMED_QUEUES: readonly string[] = readWorkerConfigs()
  .flatMap(({ consumers }) => consumers)
  .map(({ queue }) => queue);

/** A message as it is described: what makes it stays small, so that a failure can be read. */
export type Forged =
  | { make: "json"; text: string }
  | { make: "text"; text: string }
  | { make: "bytes"; bytes: number[] }
  | { make: "repeat"; as: "json" | "text"; unit: string; times: number }
  | { make: "nest"; depth: number }
  | { make: "clone"; of: keyof typeof CLONES };

/** What only the `v8` content type carries: how the forger makes it, and how a person is to read it. */
export const CLONES = {
  map: { source: 'new Map([["kind", { kind: "event" }]])', text: '[["kind",{"kind":"event"}]]' },
  set: { source: "new Set([1, 1n])", text: '[1,"1n"]' },
  nothing: { source: "[undefined]", text: '["undefined"]' },
  noNumber: { source: "[NaN]", text: '["NaN"]' },
  buffer: { source: '{ kind: "event", id: new Uint8Array([1, 2]) }', text: '{"kind":"event","id":"base64:AQI="}' },
  circle: { source: "(() => { const a = [1]; a.push(a); return a; })()", text: '[1,"(itself again)"]' },
} as const;

export function textOfForged(forged: Forged): string {
  switch (forged.make) {
    case "json":
      return JSON.stringify(JSON.parse(forged.text));
    case "text":
      return JSON.stringify(forged.text);
    case "bytes":
      return `"base64:${Buffer.from(forged.bytes).toString("base64")}"`;
    case "repeat":
      return JSON.stringify(forged.unit.repeat(forged.times));
    case "nest":
      return `${"[".repeat(forged.depth)}${"]".repeat(forged.depth)}`;
    case "clone":
      return CLONES[forged.of].text;
  }
}

const NAME = "forger";

/** Somebody who got hold of a producer of every queue. Takes descriptions, since bytes and clones do not travel as JSON. */
export const forger: V4WorkerOptions = {
  name: NAME,
  compatibilityDate: "2026-10-20",
  modules: [{ type: "ESModule", path: "/forger.mjs", contents: scriptOf() }],
  modulesRoot: "/",
  rootPath: "/",
  queueProducers: Object.fromEntries(CONSUMED_QUEUES.map((queue) => [bindingOf(queue), { queueName: queue }])),
  unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
};

function scriptOf(): string {
  const clones = Object.entries(CLONES).map(([name, { source }]) => `${name}: () => (${source})`);
  return `
    const clones = { ${clones.join(", ")} };
    const nested = (depth) => { let value = []; for (let n = 1; n < depth; n++) value = [value]; return value; };
    function messageOf(forged) {
      switch (forged.make) {
        case "json": return { body: JSON.parse(forged.text), contentType: "json" };
        case "text": return { body: forged.text, contentType: "text" };
        case "bytes": return { body: Uint8Array.from(forged.bytes), contentType: "bytes" };
        case "repeat": return { body: forged.unit.repeat(forged.times), contentType: forged.as };
        case "nest": return { body: nested(forged.depth), contentType: "json" };
        case "clone": return { body: clones[forged.of](), contentType: "v8" };
      }
    }
    export default {
      async fetch(request, env) {
        const { binding, batch } = await request.json();
        try {
          await env[binding].sendBatch(batch.map(messageOf));
          return new Response(null, { status: 204 });
        } catch (error) {
          return new Response(String(error), { status: 500 });
        }
      },
    };`;
}

/** The platform takes 256 KB a batch. */
const BATCH_BYTES = 200_000;

/** Sends them in their order, in as few batches as the platform allows. */
export async function createForger({ stack: { miniflare } }: TestStack) {
  const { origin } = await miniflare.unsafeGetDirectURL(NAME);
  return async (queue: string, messages: readonly Forged[]): Promise<void> => {
    for (const batch of batchesOf(messages)) {
      const body = JSON.stringify({ binding: bindingOf(queue), batch });
      const response = await fetch(origin, { method: "POST", body });
      if (!response.ok)
        throw new Error(`not sent to ${queue}: ${(await response.text()).slice(0, 500)}; ${body.slice(0, 2_000)}`);
    }
  };
}

function batchesOf(messages: readonly Forged[]): Forged[][] {
  const batches: Forged[][] = [];
  let room = 0;
  for (const message of messages) {
    const bytes = Buffer.byteLength(textOfForged(message));
    if (batches.length === 0 || room < bytes || batches.at(-1)?.length === 100) {
      batches.push([]);
      room = BATCH_BYTES;
    }
    batches.at(-1)?.push(message);
    room -= bytes;
  }
  return batches;
}
