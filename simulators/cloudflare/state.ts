/** What the account has, for `GET /_sim/state` and for tests. Never the text of a secret. */

import type { DatabaseSync } from "node:sqlite";
import { servingVersion, type World } from "./world.ts";

export type State = ReturnType<typeof stateOf>;

export function stateOf(world: World) {
  return {
    scripts: sortedBy([...world.scripts.values()], ({ name }) => name).map((script) => {
      const serving = servingVersion(script);
      return {
        name: script.name,
        /** How many uploads there were, and which is served. These rise with every deployment. */
        versions: script.versions.length,
        etag: serving?.etag ?? null,
        compatibilityDate: serving?.compatibilityDate ?? null,
        limits: serving?.limits ?? null,
        classes: script.classes,
        migrationTag: script.migrationTag,
        bindings: sortedBy(serving?.bindings ?? [], ({ name }) => name).map((binding) =>
          binding.type === "secret_text" ? { type: binding.type, name: binding.name } : binding,
        ),
        onWorkersDev: script.subdomain.enabled,
        previewsOnWorkersDev: script.subdomain.previews_enabled,
        domains: script.domains,
        schedules: script.schedules,
        observability: script.observability,
      };
    }),
    queues: sortedBy([...world.queues.values()], ({ queue_name: name }) => name).map(
      ({ queue_name: name, consumers }) => ({
        name,
        consumers: consumers.map(({ script, settings, deadLetterQueue }) => ({ script, settings, deadLetterQueue })),
      }),
    ),
    databases: sortedBy([...world.databases.values()], ({ name }) => name).map(({ uuid, name, sql }) => ({
      uuid,
      name,
      tables: sql
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
        .all()
        .map((row) => String(row.name)),
      migrations: migrationsOf(sql),
    })),
  };
}

function migrationsOf(sql: DatabaseSync): string[] {
  const has = sql.prepare("SELECT 1 FROM sqlite_master WHERE name = 'd1_migrations'").get();
  return has === undefined
    ? []
    : sql
        .prepare("SELECT name FROM d1_migrations ORDER BY id")
        .all()
        .map((row) => String(row.name));
}

const sortedBy = <Item>(list: readonly Item[], key: (item: Item) => string): Item[] =>
  [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));
