import { unit } from "../dice.ts";
import { type Disturb, identityOf } from "./disturb.ts";

/** The bindings that Workers of ours have, as far as they are used; each is wrapped so that its calls can fail. */
type Queue = {
  send(body: unknown, options?: unknown): Promise<unknown>;
  sendBatch(messages: Iterable<Message>, options?: unknown): Promise<unknown>;
};
type Message = { body: unknown };
type Namespace = { getByName(name: string): object };
type Database = { prepare(sql: string): Statement };
type Statement = { bind(...values: unknown[]): Statement } & Record<
  "run" | "all" | "first",
  (...args: unknown[]) => Promise<unknown>
>;

export function wrapBindings<Env extends object>(env: Env, disturb: Disturb): Env {
  const wrapped = Object.entries(env).map(([name, value]) => [name, wrapBinding(name, value, disturb)]);
  return Object.fromEntries(wrapped) as Env;
}

function wrapBinding(name: string, value: unknown, disturb: Disturb): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("sendBatch" in value) return wrapQueue(name, value as Queue, disturb);
  if ("getByName" in value) return wrapNamespace(name, value as Namespace, disturb);
  if ("prepare" in value) return wrapDatabase(name, value as Database, disturb);
  return value;
}

const QUEUE_FAULTS = [
  "queue_dropped",
  "queue_send_failed",
  "queue_send_failed_after",
  "queue_sent_twice",
  "queue_forged",
] as const;

/** Of a batch, each message can be dropped or doubled by itself; the call as a whole fails or does not. */
function wrapQueue(name: string, queue: Queue, disturb: Disturb): Queue {
  return {
    async send(body, options) {
      const fault = disturb(QUEUE_FAULTS, `${name}.send`, identityOf(body));
      if (fault === "queue_dropped") return undefined;
      if (fault === "queue_send_failed") throw lost(`${name} took nothing`);
      const answer = await queue.send(body, options);
      if (fault === "queue_sent_twice") await queue.send(body, options);
      if (fault === "queue_forged") await queue.send(forgedFrom(body), options);
      if (fault === "queue_send_failed_after") throw lost(`${name} did not answer`);
      return answer;
    },
    async sendBatch(messages, options) {
      const given = [...messages];
      const fault = disturb(["queue_send_failed", "queue_send_failed_after"], `${name}.sendBatch`, identityOf(given));
      if (fault === "queue_send_failed") throw lost(`${name} took nothing`);
      const sent = given.flatMap((message) => {
        switch (
          disturb(["queue_dropped", "queue_sent_twice", "queue_forged"], `${name}.message`, identityOf(message.body))
        ) {
          case "queue_dropped":
            return [];
          case "queue_sent_twice":
            return [message, message];
          case "queue_forged":
            return [message, { ...message, body: forgedFrom(message.body) }];
          default:
            return [message];
        }
      });
      for (let start = 0; start < sent.length; start += 100)
        await queue.sendBatch(sent.slice(start, start + 100), options);
      if (fault === "queue_send_failed_after") throw lost(`${name} did not answer`);
      return undefined;
    },
  };
}

/** What an outsider could push: no doorbell, one of a row that is not there, of another payment, or of another kind. */
function forgedFrom(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return { note: "not a doorbell" };
  const forgeries = [
    { note: "not a doorbell" },
    { ...body, id: `act_${"0".repeat(32)}` },
    { ...body, subject: "pi_of_somebody_else" },
    { ...body, kind: "kind" in body && body.kind === "event" ? "action" : "event" },
  ];
  return forgeries[Math.floor(unit("forged", identityOf(body)) * forgeries.length)];
}

function wrapNamespace(name: string, namespace: Namespace, disturb: Disturb): Namespace {
  return {
    getByName: (id) =>
      new Proxy(namespace.getByName(id), {
        get(stub, method) {
          if (typeof method !== "string" || method === "then") return undefined;
          return async (...args: unknown[]) => {
            const { called, given } = callOf(method, args);
            const fault = disturb(
              ["object_failed_before", "object_failed_after"],
              `${name}.${called}`,
              identityOf(given),
            );
            if (fault === "object_failed_before") throw lost(`${id}.${called} was not reached`);
            // Called on the stub itself: a method that is taken off it is a stub of its own, without `apply`.
            const answer = await (stub as Record<string, (...args: unknown[]) => Promise<unknown>>)[method]?.(...args);
            if (fault === "object_failed_after") throw lost(`${id}.${called} did not answer`);
            return answer;
          };
        },
      }),
  };
}

/** The ledger's objects have one method, `call(shards, name, args)`: each call by its name is disturbed by itself. */
function callOf(method: string, args: unknown[]): { called: string; given: unknown[] } {
  const [shards, name, inner] = args;
  if (method !== "call" || typeof name !== "string" || !Array.isArray(inner)) return { called: method, given: args };
  return { called: name, given: [shards, ...inner] };
}

function wrapDatabase(name: string, database: Database, disturb: Disturb): Database {
  const wrap = (statement: Statement, sql: string, values: unknown[]): Statement => {
    const run =
      (method: "run" | "all" | "first") =>
      async (...args: unknown[]) => {
        const what = `${name}.${method} ${sql.slice(0, 60)}`;
        const fault = disturb(["database_failed_before", "database_failed_after"], what, identityOf(values));
        if (fault === "database_failed_before") throw lost("D1_ERROR: the database was not reached");
        const answer = await statement[method](...args);
        if (fault === "database_failed_after") throw lost("D1_ERROR: the database did not answer");
        return answer;
      };
    return {
      bind: (...given) => wrap(statement.bind(...given), sql, given),
      run: run("run"),
      all: run("all"),
      first: run("first"),
    };
  };
  return { prepare: (sql) => wrap(database.prepare(sql), sql, []) };
}

const lost = (what: string): Error => new Error(`Network connection lost (chaos): ${what}.`);
