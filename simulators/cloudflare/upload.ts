/** Reads and checks what wrangler uploads: a multipart form with `metadata` and the modules. */

import { createHash } from "node:crypto";
import { Refusal } from "./envelope.ts";
import { type Binding, type Script, servingVersion, type Version, type World } from "./world.ts";

export interface Upload {
  metadata: Metadata;
  etag: string;
}

interface Metadata {
  main_module?: string;
  bindings?: Binding[];
  compatibility_date?: string;
  compatibility_flags?: string[];
  keep_bindings?: string[];
  limits?: object;
  observability?: object;
  migrations?: Migrations;
  [field: string]: unknown;
}

export interface Migrations {
  old_tag?: string;
  new_tag: string;
  steps: { new_sqlite_classes?: string[]; new_classes?: string[]; deleted_classes?: string[] }[];
}

/** The fields that wrangler 4.155 sends. Another one is refused, so that none is silently ignored. */
const KNOWN = new Set(
  ["main_module", "bindings", "compatibility_date", "compatibility_flags", "keep_bindings", "limits", "observability"]
    .concat(["migrations", "exports", "logpush", "placement", "tail_consumers", "streaming_tail_consumers", "assets"])
    .concat(["annotations", "containers", "capnp_schema", "cache_options", "package_dependencies", "containers"])
    .concat(["code_update_strategy", "keep_assets", "cache"]),
);

export async function readUpload(contentType: string, body: Uint8Array): Promise<Upload> {
  if (!contentType.startsWith("multipart/form-data")) throw invalid("The upload must be multipart/form-data.");
  const form = await new Response(Buffer.from(body), { headers: { "content-type": contentType } })
    .formData()
    .catch(() => null);
  const text = form?.get("metadata");
  if (form === null || typeof text !== "string") throw invalid("The upload has no metadata.");
  const metadata = JSON.parse(text) as Metadata;
  const unknown = Object.keys(metadata).filter((field) => !KNOWN.has(field));
  if (unknown.length > 0) throw invalid(`The stand-in does not know the metadata ${unknown.join(", ")}.`);
  if (metadata.main_module === undefined) throw invalid("The metadata has no main_module.");
  const files = [...form.entries()].flatMap(([, value]) => (typeof value === "string" ? [] : [value]));
  if (!files.some(({ name }) => name === metadata.main_module)) throw invalid("The main module is not in the upload.");
  const hash = createHash("sha256");
  for (const file of files) hash.update(file.name).update(Buffer.from(await file.arrayBuffer()));
  return { metadata, etag: hash.digest("hex") };
}

/** What the upload makes of the script. Refuses what Cloudflare refuses: see the README of the stand-in. */
export function versionOf(world: World, script: Script | undefined, name: string, { metadata, etag }: Upload): Version {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(metadata.compatibility_date ?? "")) throw invalid("compatibility_date is missing.");
  const classes = classesAfter(script, metadata.migrations);
  const before = script === undefined ? [] : (servingVersion(script)?.bindings ?? []);
  const given = metadata.bindings ?? [];
  const names = given.map((binding) => binding.name);
  const twice = names.find((one, at) => names.indexOf(one) !== at);
  if (twice !== undefined) throw invalid(`Binding name '${twice}' already in use.`);
  const bindings = given.map((binding) => checked(world, { name, classes }, binding, before));
  const kept = before.filter(({ type, name: old }) => metadata.keep_bindings?.includes(type) && !names.includes(old));
  return {
    id: crypto.randomUUID(),
    number: (script?.versions.length ?? 0) + 1,
    etag,
    mainModule: metadata.main_module ?? "",
    compatibilityDate: metadata.compatibility_date ?? "",
    compatibilityFlags: metadata.compatibility_flags ?? [],
    limits: metadata.limits ?? null,
    bindings: [...bindings, ...kept],
  };
}

/** The classes that the script implements once the migrations are made. */
export function classesAfter(script: Script | undefined, migrations: Migrations | undefined): string[] {
  const classes = new Set(script?.classes ?? []);
  if (migrations === undefined) return [...classes];
  if ((migrations.old_tag ?? null) !== (script?.migrationTag ?? null)) {
    throw new Refusal(
      412,
      10079,
      `The migration tag is ${script?.migrationTag ?? "not set"}, not ${migrations.old_tag}.`,
    );
  }
  for (const {
    new_sqlite_classes: sqlite = [],
    new_classes: plain = [],
    deleted_classes: gone = [],
  } of migrations.steps) {
    for (const added of [...sqlite, ...plain]) {
      if (classes.has(added))
        throw new Refusal(
          400,
          10074,
          `Cannot apply new-class migration to class '${added}' that is already depended on.`,
        );
      classes.add(added);
    }
    for (const removed of gone) classes.delete(removed);
  }
  return [...classes];
}

function checked(
  world: World,
  own: { name: string; classes: readonly string[] },
  binding: Binding,
  before: readonly Binding[],
): Binding {
  const text = (field: string): string => {
    const value = binding[field];
    if (typeof value !== "string" || value === "") throw noField(binding, field);
    return value;
  };
  switch (binding.type) {
    case "inherit": {
      const old = before.find(({ name }) => name === binding.name);
      if (old !== undefined) return old;
      throw new Refusal(
        400,
        10057,
        `inherit binding '${binding.name}' is invalid: there is no such binding to inherit`,
      );
    }
    case "plain_text":
    case "secret_text":
      if (typeof binding.text !== "string") throw noField(binding, "text");
      return binding;
    case "durable_object_namespace": {
      const { class_name: className, script_name: owner } = {
        class_name: text("class_name"),
        script_name: binding.script_name,
      };
      if (owner === undefined || owner === own.name) {
        if (!own.classes.includes(className)) throw notADurableObject(className);
        return binding;
      }
      const other = world.scripts.get(String(owner));
      if (other === undefined) {
        throw new Refusal(400, 10061, `Cannot create binding for class in script '${owner}' that does not exist.`);
      }
      if (!other.classes.includes(className)) throw notADurableObject(className);
      return binding;
    }
    case "queue":
      if (world.queues.has(text("queue_name"))) return binding;
      throw new Refusal(400, 11000, `Queue '${binding.queue_name}', which ${binding.name} binds, does not exist.`);
    case "d1": {
      const id = text("id");
      if ([...world.databases.values()].some(({ uuid }) => uuid === id)) return binding;
      throw new Refusal(400, 10021, `binding ${binding.name} of type d1 must have a valid \`id\` specified`);
    }
    case "service":
      if (text("service") === own.name || world.scripts.has(text("service"))) return binding;
      throw new Refusal(
        400,
        10143,
        `Could not resolve service binding '${binding.name}'. Target script '${binding.service}' not found.`,
      );
    case "ratelimit":
      if (!/^\d+$/.test(text("namespace_id"))) throw noField(binding, "namespace_id");
      if (![10, 60].includes(Number((binding.simple as { period?: number } | undefined)?.period)))
        throw noField(binding, "simple.period");
      return binding;
    case "version_metadata":
      return binding;
    default:
      throw invalid(`The stand-in does not know bindings of type ${binding.type} (${binding.name}).`);
  }
}

const invalid = (message: string): Refusal => new Refusal(400, 10021, message);
const noField = ({ name, type }: Binding, field: string): Refusal =>
  invalid(`binding ${name} of type ${type} must have a valid \`${field}\` specified`);
const notADurableObject = (className: string): Refusal =>
  new Refusal(
    400,
    10061,
    `Cannot create binding for class '${className}' because it is not currently configured to implement Durable Objects. Ensure a --new-class migration has been applied to it.`,
  );
