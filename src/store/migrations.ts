import type { DatabaseSync } from "node:sqlite";

/** Append only: a number that was released is never changed. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE resources (
    key TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    subscription TEXT NOT NULL,
    resource_group TEXT NOT NULL,
    parent TEXT,
    service_key TEXT,
    port_pair TEXT,
    hand_off TEXT,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX resources_type ON resources (type, subscription, resource_group);
  CREATE INDEX resources_group ON resources (subscription, resource_group);
  CREATE INDEX resources_parent ON resources (parent) WHERE parent IS NOT NULL;
  CREATE INDEX resources_service_key ON resources (service_key) WHERE service_key IS NOT NULL;
  CREATE INDEX resources_port_pair ON resources (port_pair) WHERE port_pair IS NOT NULL;
  CREATE INDEX resources_hand_off ON resources (hand_off) WHERE hand_off IS NOT NULL;

  CREATE TABLE resource_references (
    target TEXT NOT NULL,
    source TEXT NOT NULL REFERENCES resources (key) ON DELETE CASCADE,
    PRIMARY KEY (target, source)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX resource_references_source ON resource_references (source);

  CREATE TABLE operations (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    resource TEXT NOT NULL,
    open INTEGER NOT NULL,
    ended_at TEXT,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX operations_open ON operations (resource, sequence) WHERE open = 1;
  CREATE INDEX operations_ended ON operations (ended_at) WHERE ended_at IS NOT NULL;

  CREATE TABLE allocations (
    pool TEXT NOT NULL,
    value INTEGER NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (pool, value),
    UNIQUE (pool, owner)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX allocations_owner ON allocations (owner);

  CREATE TABLE dirty_scopes (
    scope TEXT PRIMARY KEY,
    first INTEGER NOT NULL,
    token INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX dirty_scopes_first ON dirty_scopes (first);
  CREATE TABLE dirty_sequence (last INTEGER NOT NULL) STRICT;
  INSERT INTO dirty_sequence VALUES (0);

  CREATE TABLE nodes (
    node TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    forgotten INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE fragments (
    node TEXT NOT NULL,
    key TEXT NOT NULL,
    owner TEXT NOT NULL,
    generation INTEGER NOT NULL,
    body TEXT,
    PRIMARY KEY (node, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX fragments_owner ON fragments (owner);
  CREATE INDEX fragments_generation ON fragments (node, generation);
  CREATE TABLE reports (node TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE records (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE role_assignments (
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    principal TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (scope, name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX role_assignments_principal ON role_assignments (principal);
  `,
  `
  CREATE TABLE activity (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    subscription TEXT NOT NULL,
    resource_group TEXT NOT NULL,
    resource TEXT NOT NULL,
    correlation TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX activity_time ON activity (time);
  CREATE INDEX activity_subscription ON activity (subscription, sequence);
  CREATE INDEX activity_resource ON activity (resource, sequence);

  CREATE TABLE events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  `,
  // A row of a thousand bytes took five thousand: a tree that is its own table gives what is longer a page of its own.
  // An index holds all that a query asks for, and the keys in the order of its answer.
  `
  CREATE TABLE resource_rows (
    key TEXT NOT NULL PRIMARY KEY,
    type TEXT NOT NULL,
    subscription TEXT NOT NULL,
    resource_group TEXT NOT NULL,
    parent TEXT,
    service_key TEXT,
    port_pair TEXT,
    hand_off TEXT,
    body TEXT NOT NULL
  ) STRICT;
  INSERT INTO resource_rows
    SELECT key, type, subscription, resource_group, parent, service_key, port_pair, hand_off, body
    FROM resources;
  CREATE TABLE reference_rows (
    target TEXT NOT NULL,
    source TEXT NOT NULL REFERENCES resource_rows (key) ON DELETE CASCADE,
    PRIMARY KEY (target, source)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO reference_rows SELECT target, source FROM resource_references;
  DROP TABLE resource_references;
  DROP TABLE resources;
  ALTER TABLE resource_rows RENAME TO resources;
  ALTER TABLE reference_rows RENAME TO resource_references;
  CREATE INDEX resource_references_source ON resource_references (source);
  CREATE INDEX resources_type ON resources (type, subscription, resource_group, key);
  CREATE INDEX resources_group ON resources (subscription, resource_group, key);
  CREATE INDEX resources_parent ON resources (parent, type, key) WHERE parent IS NOT NULL;
  CREATE INDEX resources_service_key ON resources (service_key, type, key)
    WHERE service_key IS NOT NULL;
  CREATE INDEX resources_port_pair ON resources (port_pair, type, key) WHERE port_pair IS NOT NULL;
  CREATE INDEX resources_hand_off ON resources (hand_off, type, key) WHERE hand_off IS NOT NULL;
  `,
];

/** Brings the database to the newest migration, each in a transaction of its own. */
export function migrate(database: DatabaseSync, known: readonly string[] = migrations): void {
  const row = database.prepare("PRAGMA user_version").get();
  const applied = Number(row?.["user_version"] ?? 0);
  if (applied > known.length) {
    throw new Error(
      `The database has migration ${applied}, and this version of Causeway knows only ${known.length}: start the newer version, or restore the copy made before the upgrade.`,
    );
  }
  for (const [index, sql] of known.entries()) {
    if (index < applied) continue;
    database.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
