/** The calls of wrangler 4.155 that the stand-in answers, below `/client/v4`. */

import { createDatabase, listDatabases, queryDatabase, readDatabase } from "./d1.ts";
import { ok, page, type Reply } from "./envelope.ts";
import { createConsumer, createQueue, listQueues, updateConsumer } from "./queues.ts";
import type { Call, Route } from "./router.ts";
import * as scripts from "./scripts.ts";
import type { World } from "./world.ts";

export type Answer = (world: World, call: Call) => Reply | Promise<Reply>;

const route = (method: string, path: string, answer: Answer): Route<Answer> => ({ method, path, answer });
const ofAccount = (method: string, path: string, answer: Answer): Route<Answer> =>
  route(method, `/accounts/:account${path}`, answer);
const ofScript = (method: string, path: string, answer: Answer): Route<Answer> =>
  ofAccount(method, `/workers/scripts/:script${path}`, answer);

const ACCOUNT_NAME = "A stand-in's account";

export const ROUTES: readonly Route<Answer>[] = [
  route("GET", "/user", () => ok({ id: "stand-in", email: "nobody@stand-in.invalid" })),
  route("GET", "/accounts", ({ accountId: id }) => page([{ id, name: ACCOUNT_NAME, type: "standard" }])),
  route("GET", "/memberships", ({ accountId: id }) =>
    page([{ id: "membership", account: { id, name: ACCOUNT_NAME } }]),
  ),
  ofAccount("GET", "/workers/subdomain", ({ subdomain }) => {
    if (subdomain === null) throw scripts.noSubdomain();
    return ok({ subdomain });
  }),
  ofAccount("GET", "/workers/services/:script", scripts.readService),
  ofAccount("GET", "/workers/workers/:script", scripts.readWorker),
  ofScript("PUT", "", scripts.putScript),
  ofScript("GET", "/settings", scripts.readSettings),
  ofScript("PATCH", "/script-settings", scripts.patchScriptSettings),
  ofScript("POST", "/versions", scripts.createVersion),
  ofScript("GET", "/versions/:version", scripts.readVersion),
  ofScript("GET", "/deployments", scripts.listDeployments),
  ofScript("POST", "/deployments", scripts.createDeployment),
  ofScript("GET", "/secrets", scripts.listSecrets),
  ofScript("PUT", "/secrets", scripts.putSecret),
  ofScript("POST", "/subdomain", scripts.setSubdomain),
  ofScript("PUT", "/schedules", scripts.setSchedules),
  ofScript("POST", "/domains/changeset", scripts.planDomains),
  ofScript("PUT", "/domains/records", scripts.setDomains),
  ofAccount("GET", "/queues", listQueues),
  ofAccount("POST", "/queues", createQueue),
  ofAccount("POST", "/queues/:queue/consumers", createConsumer),
  ofAccount("PUT", "/queues/:queue/consumers/:consumer", updateConsumer),
  ofAccount("GET", "/d1/database", listDatabases),
  ofAccount("POST", "/d1/database", createDatabase),
  ofAccount("GET", "/d1/database/:database", readDatabase),
  ofAccount("POST", "/d1/database/:database/query", queryDatabase),
];
