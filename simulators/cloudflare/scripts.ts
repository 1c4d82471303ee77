/** Workers: uploads, versions, deployments, secrets, and where they can be reached. */

import { noService, noWorker, ok, Refusal, type Reply } from "./envelope.ts";
import type { Call } from "./router.ts";
import { classesAfter, readUpload, versionOf } from "./upload.ts";
import { newId, type Script, servingVersion, type Version, type World } from "./world.ts";

export function readService(world: World, { params }: Call): Reply {
  const script = world.scripts.get(params.script ?? "");
  if (script === undefined) throw noService();
  return ok({
    id: script.name,
    default_environment: {
      environment: "production",
      script: {
        id: script.name,
        tag: script.tag,
        tags: script.tags,
        last_deployed_from: "wrangler",
        ...(script.migrationTag === null ? {} : { migration_tag: script.migrationTag }),
      },
    },
  });
}

/** The upload that also deploys: the first one of a Worker, and those with migrations. */
export async function putScript(world: World, call: Call): Promise<Reply> {
  const name = call.params.script ?? "";
  const upload = await readUpload(call.contentType, call.bytes);
  const old = world.scripts.get(name);
  const version = versionOf(world, old, name, upload);
  const { migrations, observability = null } = upload.metadata;
  const script = old ?? newScript(name);
  script.classes = classesAfter(old, migrations);
  script.migrationTag = migrations?.new_tag ?? script.migrationTag;
  script.observability = observability;
  script.versions.push(version);
  script.deployments.unshift(deploymentOf(version));
  world.scripts.set(name, script);
  return ok({
    id: name,
    etag: version.etag,
    tag: script.tag,
    deployment_id: version.id.replaceAll("-", ""),
    startup_time_ms: 1,
  });
}

/** An upload that is not deployed yet. */
export async function createVersion(world: World, call: Call): Promise<Reply> {
  const script = scriptOf(world, call);
  const upload = await readUpload(call.contentType, call.bytes);
  if (upload.metadata.migrations !== undefined) {
    throw new Refusal(400, 10211, "Migrations cannot be made by an upload that is not deployed.");
  }
  const version = versionOf(world, script, script.name, upload);
  script.versions.push(version);
  return ok({ ...shownVersion(version), startup_time_ms: 1 });
}

export function readVersion(world: World, call: Call): Reply {
  const version = scriptOf(world, call).versions.find(({ id }) => id === call.params.version);
  if (version === undefined) throw new Refusal(404, 100146, "Version not found.");
  return ok(shownVersion(version));
}

export function listDeployments(world: World, call: Call): Reply {
  return ok({ deployments: scriptOf(world, call).deployments });
}

export function createDeployment(world: World, call: Call): Reply {
  const script = scriptOf(world, call);
  const { strategy, versions = [] } = call.json() as {
    strategy?: string;
    versions?: { version_id: string; percentage: number }[];
  };
  const sum = versions.reduce((total, { percentage }) => total + percentage, 0);
  if (strategy !== "percentage" || sum !== 100) throw new Refusal(400, 10120, "A deployment must come to 100 percent.");
  const missing = versions.find(({ version_id: id }) => !script.versions.some((version) => version.id === id));
  if (missing !== undefined) throw new Refusal(404, 100146, `Version ${missing.version_id} does not exist.`);
  const deployment = { id: crypto.randomUUID(), versions };
  script.deployments.unshift(deployment);
  return ok(deployment);
}

export function readSettings(world: World, call: Call): Reply {
  const version = servingVersion(scriptOf(world, call));
  return ok({
    bindings: (version?.bindings ?? []).map(withoutText),
    compatibility_date: version?.compatibilityDate,
    compatibility_flags: version?.compatibilityFlags,
  });
}

export function patchScriptSettings(world: World, call: Call): Reply {
  const script = scriptOf(world, call);
  const { observability, tags } = call.json() as { observability?: object; tags?: string[] };
  if (observability !== undefined) script.observability = observability;
  if (tags !== undefined) script.tags = tags ?? [];
  return ok({ observability: script.observability, tags: script.tags });
}

export function listSecrets(world: World, call: Call): Reply {
  const secrets = (servingVersion(scriptOf(world, call))?.bindings ?? []).filter(({ type }) => type === "secret_text");
  return ok(secrets.map(({ name, type }) => ({ name, type })));
}

/** Sets one secret: a new version with it, deployed at once. */
export function putSecret(world: World, call: Call): Reply {
  const script = scriptOf(world, call);
  const { name, text, type } = call.json() as { name?: string; text?: string; type?: string };
  const serving = servingVersion(script);
  if (serving === undefined) throw noWorker();
  if (type !== "secret_text" || !name || typeof text !== "string")
    throw new Refusal(400, 10021, "A secret needs name, text and type.");
  const others = serving.bindings.filter((binding) => binding.name !== name);
  const version: Version = {
    ...serving,
    id: crypto.randomUUID(),
    number: script.versions.length + 1,
    bindings: [...others, { type: "secret_text", name, text }],
  };
  script.versions.push(version);
  script.deployments.unshift(deploymentOf(version));
  return ok({ name, type });
}

/** What wrangler reads before it sets where a Worker can be reached. */
export function readWorker(world: World, call: Call): Reply {
  const script = scriptOf(world, call);
  return ok({ id: script.tag, name: script.name, subdomain: subdomainOf(world, script) });
}

export function setSubdomain(world: World, call: Call): Reply {
  const script = scriptOf(world, call);
  const { enabled, previews_enabled: previews } = call.json() as { enabled?: boolean; previews_enabled?: boolean };
  if (typeof enabled !== "boolean") throw new Refusal(400, 10021, "enabled must be true or false.");
  if (enabled && world.subdomain === null) throw noSubdomain();
  script.subdomain = { enabled, previews_enabled: previews ?? enabled };
  return ok(script.subdomain);
}

export function setSchedules(world: World, call: Call): Reply {
  const script = scriptOf(world, call);
  const crons = (call.json() as { cron: string }[]).map(({ cron }) => cron);
  const wrong = crons.find((cron) => cron.split(" ").length !== 5);
  if (wrong !== undefined) throw new Refusal(400, 10100, `${JSON.stringify(wrong)} is no cron expression.`);
  script.schedules = crons;
  return ok({ schedules: crons.map((cron) => ({ cron })) });
}

type Origin = { hostname: string };

export function planDomains(world: World, call: Call): Reply {
  const script = scriptOf(world, call);
  const origins = call.json() as Origin[];
  const [added, kept] = [false, true].map((has) =>
    origins.filter(({ hostname }) => script.domains.includes(hostname) === has),
  );
  return ok({ added, removed: [], updated: (kept ?? []).map((one) => ({ ...one, modified: false })), conflicting: [] });
}

/** Custom domains: each must lie in a zone of the account, and belong to one Worker. */
export function setDomains(world: World, call: Call): Reply {
  const script = scriptOf(world, call);
  const { origins } = call.json() as { origins: Origin[] };
  for (const { hostname } of origins) {
    const isOurs = world.zones.some((zone) => hostname === zone || hostname.endsWith(`.${zone}`));
    if (!isOurs) throw new Refusal(400, 100114, `No zone of this account has the hostname ${hostname}.`);
  }
  for (const other of world.scripts.values()) {
    other.domains = other.domains.filter((domain) => !origins.some(({ hostname }) => hostname === domain));
  }
  script.domains = origins.map(({ hostname }) => hostname);
  return ok(script.domains.map((hostname) => ({ hostname, service: script.name })));
}

export const noSubdomain = (): Refusal =>
  new Refusal(
    404,
    10007,
    "You need a workers.dev subdomain in order to proceed. Please go to the dashboard and open the Workers menu.",
  );

function scriptOf(world: World, { params }: Call): Script {
  const script = world.scripts.get(params.script ?? "");
  if (script === undefined) throw noWorker();
  return script;
}

function subdomainOf(world: World, script: Script): object {
  return {
    ...script.subdomain,
    ...(world.subdomain === null ? {} : { url: `https://${script.name}.${world.subdomain}.workers.dev` }),
  };
}

const newScript = (name: string): Script => ({
  name,
  tag: newId(),
  versions: [],
  deployments: [],
  classes: [],
  migrationTag: null,
  subdomain: { enabled: false, previews_enabled: false },
  schedules: [],
  domains: [],
  observability: null,
  tags: [],
});

const deploymentOf = ({ id }: Version) => ({
  id: crypto.randomUUID(),
  versions: [{ version_id: id, percentage: 100 }],
});

const shownVersion = (version: Version): object => ({
  id: version.id,
  number: version.number,
  metadata: { created_on: "2026-01-01T00:00:00.000Z", source: "wrangler" },
  resources: { script: { etag: version.etag }, bindings: version.bindings.map(withoutText) },
});

/** A secret's text never leaves again. */
function withoutText(binding: Version["bindings"][number]): object {
  if (binding.type !== "secret_text") return binding;
  return { type: binding.type, name: binding.name };
}
