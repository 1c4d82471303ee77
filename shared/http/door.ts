import { oncePerEnv } from "../core/bindings.ts";
import { sleep } from "../core/time.ts";
import { answerAndDrain } from "./drain.ts";
import { withSafeHeaders } from "./headers.ts";
import { problem } from "./problem.ts";

type Context = { waitUntil(work: Promise<unknown>): void };

export type DoorOptions<Env extends object, Ready> = {
  /** The prefix of its log lines: `ingest` writes `ingest.misconfigured`. */
  name: string;
  /** Checks the bindings and makes what lives as long as the isolate. Its error names the binding and what to do. */
  boot(env: Env): Promise<Ready>;
  answer(request: Request, ready: Ready, env: Env, context: Context): Promise<Response>;
  log(line: Record<string, unknown>): void;
};

/** What every HTTP Worker does: check its bindings once, answer, keep the answer private, and drain what is still being sent. */
export function createDoor<Env extends object, Ready>({ name, boot, answer, log }: DoorOptions<Env, Ready>) {
  const readyOf = oncePerEnv(boot);

  async function answerOf(request: Request, env: Env, context: Context): Promise<Response> {
    let ready: Ready;
    try {
      ready = await readyOf(env);
    } catch (error) {
      log({ what: `${name}.misconfigured`, error: String(error) });
      return problem(503, "This deployment is not configured. Its log names the binding, and what to do.");
    }
    return await answer(request, ready, env, context);
  }

  return async (request: Request, env: Env, context: Context): Promise<Response> => {
    const answering = answerOf(request, env, context);
    // Where the sender resets the connection the runtime drops what nobody waits for: what was read is to be stored.
    context.waitUntil(answering);
    const response = withSafeHeaders(await answering);
    // An accepted body was read to its end.
    if (response.ok && request.bodyUsed) return response;
    return await answerAndDrain(request, response, { sleep, waitUntil: (work) => context.waitUntil(work) });
  };
}
