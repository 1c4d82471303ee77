import { type AlarmStorage, translateAlarms } from "./alarms.ts";
import { createBetween, type Moment } from "./between.ts";
import { wrapBindings } from "./bindings.ts";
import { skewMs } from "./clock.ts";
import { createDisturb, type Disturb, identityOf } from "./disturb.ts";
import { ARM, asInsider } from "./insider.ts";
import { type ChaosSettings, DEADLINE_MS } from "./settings.ts";

type Batch = { messages: readonly { body: unknown }[] };
type Handler = {
  fetch?: (request: unknown, env: object, context: unknown) => unknown;
  queue?: (batch: Batch, env: object, context: unknown) => Promise<void>;
};
type ObjectState = { storage: AlarmStorage };
type ObjectClass = new (
  ctx: ObjectState,
  env: object,
) => {
  alarm?(info?: unknown): Promise<void>;
  call?(shards: number, name: string, args: unknown[]): Promise<unknown>;
};

/** Turns a Worker into one whose clock jumps and whose bindings fail. Called once, by the entry that is made for it. */
export function createChaos(worker: string, given: string) {
  const settings = JSON.parse(given) as ChaosSettings;
  const realNow = Date.now.bind(Date);
  const ownNow = () => realNow() + skewMs(settings, worker, realNow());
  Date.now = ownNow;
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  // A stand-in that hangs must not stall the run.
  AbortSignal.timeout = (ms) => timeout(Math.min(ms, DEADLINE_MS));
  const tell = (kind: string) => console.log(JSON.stringify({ chaos: kind }));
  const disturb = createDisturb(settings, worker, tell);
  const wrapped = wrapOnce((env) => wrapBindings(env, disturb));
  return {
    handler: (handler: Handler): Handler => wrapHandler(handler, wrapped, disturb),
    object: (base: ObjectClass): ObjectClass => wrapObject(base, wrapped, { ownNow, realNow }, disturb, tell),
  };
}

/** The same environment is wrapped once: Workers may keep what they made of it. */
function wrapOnce(wrap: (env: object) => object): (env: object) => object {
  const known = new WeakMap<object, object>();
  return (env) => {
    const before = known.get(env);
    if (before !== undefined) return before;
    const made = wrap(env);
    known.set(env, made);
    return made;
  };
}

function wrapHandler({ fetch, queue }: Handler, wrapped: (env: object) => object, disturb: Disturb): Handler {
  return {
    ...(fetch === undefined
      ? {}
      : {
          fetch: async (request, env, context) =>
            (await asInsider(request as Request, env)) ?? (await fetch(request, wrapped(env), context)),
        }),
    ...(queue === undefined
      ? {}
      : {
          async queue(batch, env, context) {
            await queue(batch, wrapped(env), context);
            const bodies = batch.messages.map(({ body }) => body);
            if (disturb(["batch_delivered_again"], "queue", identityOf(bodies)) === null) return;
            throw new Error("the consumer died after its work (chaos)");
          },
        }),
  };
}

type Clocks = { ownNow: () => number; realNow: () => number };

function wrapObject(
  base: ObjectClass,
  wrapped: (env: object) => object,
  { ownNow, realNow }: Clocks,
  disturb: Disturb,
  tell: (kind: string) => void,
): ObjectClass {
  return class extends base {
    readonly #alarms: ReturnType<typeof translateAlarms>;
    readonly #between = createBetween(tell, (ms) => new Promise((resolve) => setTimeout(resolve, ms)));

    constructor(ctx: ObjectState, env: object) {
      const alarms = translateAlarms(ctx.storage, ownNow, realNow);
      super(ctx, wrapped(env));
      this.#alarms = alarms;
    }

    override async call(shards: number, name: string, args: unknown[]): Promise<unknown> {
      if (name === ARM) {
        this.#between.arm(args[0] as Moment);
        return null;
      }
      const answer = await super.call?.(shards, name, args);
      await this.#between.after(name, answer);
      return answer;
    }

    override async alarm(info?: unknown): Promise<void> {
      if (!(await this.#alarms.isTime())) return;
      // The platform tries an alarm that failed again.
      if (disturb(["alarm_failed"], "alarm", "") !== null) return await this.#alarms.again();
      try {
        await super.alarm?.(info);
      } catch (error) {
        await this.#alarms.again();
        throw error;
      }
    }
  };
}
