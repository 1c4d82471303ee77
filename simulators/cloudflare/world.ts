/** What the account has. Everything is in memory, and gone when the process ends. */

import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

/** A binding as an upload's metadata says it, checked. */
export interface Binding {
  type: string;
  name: string;
  [field: string]: unknown;
}

export interface Version {
  id: string;
  number: number;
  /** A hash of the uploaded modules. */
  etag: string;
  mainModule: string;
  compatibilityDate: string;
  compatibilityFlags: string[];
  limits: object | null;
  bindings: Binding[];
}

export interface Deployment {
  id: string;
  versions: { version_id: string; percentage: number }[];
}

export interface Script {
  name: string;
  tag: string;
  versions: Version[];
  deployments: Deployment[];
  /** The classes of Durable Objects that it implements, and the last migration that made them so. */
  classes: string[];
  migrationTag: string | null;
  subdomain: { enabled: boolean; previews_enabled: boolean };
  schedules: string[];
  domains: string[];
  observability: object | null;
  tags: string[];
}

export interface Consumer {
  consumer_id: string;
  script: string;
  settings: Record<string, number | null>;
  deadLetterQueue: string | null;
}

export interface Queue {
  queue_id: string;
  queue_name: string;
  consumers: Consumer[];
}

export interface Database {
  uuid: string;
  name: string;
  sql: DatabaseSync;
}

export interface World {
  accountId: string;
  token: string;
  /** The name before `.workers.dev`; null where the account has none. */
  subdomain: string | null;
  zones: string[];
  scripts: Map<string, Script>;
  queues: Map<string, Queue>;
  databases: Map<string, Database>;
}

export interface WorldOptions {
  accountId: string;
  token: string;
  subdomain?: string | null;
  zones?: readonly string[];
}

export function createWorld({ accountId, token, subdomain = "stand-in", zones = [] }: WorldOptions): World {
  return {
    accountId,
    token,
    subdomain,
    zones: [...zones],
    scripts: new Map(),
    queues: new Map(),
    databases: new Map(),
  };
}

export const newId = (): string => randomUUID().replaceAll("-", "");

/** The version that serves, which is the one that was deployed last. */
export function servingVersion(script: Script): Version | undefined {
  const id = script.deployments[0]?.versions[0]?.version_id;
  return script.versions.find((version) => version.id === id);
}
