import { parseArgs } from "node:util";
import { type ClaudeSimulatorOptions, createClaudeSimulator } from "./simulator.ts";

export { type ClaudeSimulator, type ClaudeSimulatorOptions, createClaudeSimulator } from "./simulator.ts";

const usage = `A stand-in for the Claude API. No model answers: decisions come from plain rules.
  node simulators/claude/server.ts [--port N] [--latency-ms N] [--hostile] [--seed N] [--rpm N] [--itpm N] [--otpm N]
                                   [--api-key KEY] [--with-parent] [--json]`;

function readOptions(): { port: number; json: boolean; withParent: boolean; options: ClaudeSimulatorOptions } {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      "latency-ms": { type: "string", default: "0" },
      hostile: { type: "boolean", default: false },
      seed: { type: "string", default: "1" },
      rpm: { type: "string" },
      itpm: { type: "string" },
      otpm: { type: "string" },
      "api-key": { type: "string" },
      "with-parent": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  return {
    port: integer("port", values.port),
    json: values.json,
    withParent: values["with-parent"],
    options: {
      latencyMs: integer("latency-ms", values["latency-ms"]),
      mode: values.hostile ? "hostile" : "normal",
      seed: integer("seed", values.seed),
      rateLimits: {
        ...(values.rpm === undefined ? {} : { requestsPerMinute: integer("rpm", values.rpm) }),
        ...(values.itpm === undefined ? {} : { inputTokensPerMinute: integer("itpm", values.itpm) }),
        ...(values.otpm === undefined ? {} : { outputTokensPerMinute: integer("otpm", values.otpm) }),
      },
      ...(values["api-key"] === undefined ? {} : { apiKey: values["api-key"] }),
    },
  };
}

function integer(name: string, value: string): number {
  if (!/^\d+$/.test(value)) throw new Error(`--${name} must be a whole number, not "${value}"`);
  return Number(value);
}

async function main(): Promise<void> {
  const { port, json, withParent, options } = readOptions();
  const running = await createClaudeSimulator(options).listen(port);
  console.log(JSON.stringify({ listening: running.url }));
  if (!json) console.error("countersign-claude: a stand-in for the Claude API, decisions come from plain rules");
  const stop = () => void running.close().then(() => process.exit(0));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  // When the parent ends, the pipe closes and this process ends too, so that its port is free again.
  if (withParent) process.stdin.resume().once("end", stop).once("close", stop);
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exit(1);
  });
}
