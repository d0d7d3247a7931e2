/** The file of the log store: format 1, and what each later one changed. Files in use were made with these: never edit an entry. */
const FIRST = `
  CREATE TABLE groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL,
    createdMs INTEGER NOT NULL, retentionDays INTEGER, class TEXT NOT NULL, tags TEXT NOT NULL,
    storedBytes INTEGER NOT NULL DEFAULT 0, UNIQUE (account, region, name)
  ) STRICT;
  CREATE TABLE streams (
    id INTEGER PRIMARY KEY AUTOINCREMENT, groupId INTEGER NOT NULL, name TEXT NOT NULL, createdMs INTEGER NOT NULL,
    firstEventMs INTEGER, lastEventMs INTEGER, lastIngestionMs INTEGER, UNIQUE (groupId, name)
  ) STRICT;
  CREATE TABLE chunks (
    id INTEGER PRIMARY KEY, groupId INTEGER NOT NULL, streamId INTEGER NOT NULL, firstMs INTEGER NOT NULL,
    lastMs INTEGER NOT NULL, ingestedMs INTEGER NOT NULL, bytes INTEGER NOT NULL, events TEXT NOT NULL
  ) STRICT;
  CREATE INDEX chunksOfGroupForward ON chunks (groupId, firstMs);
  CREATE INDEX chunksOfGroupBackward ON chunks (groupId, lastMs);
  CREATE INDEX chunksOfStreamForward ON chunks (streamId, firstMs);
  CREATE INDEX chunksOfStreamBackward ON chunks (streamId, lastMs);
  -- Streams that are gone; their chunks follow in small steps, since a long transaction would hold up every invocation.
  CREATE TABLE removedStreams (id INTEGER PRIMARY KEY) STRICT;
`;

const FOLLOWERS = `
  ALTER TABLE groups ADD COLUMN kmsKeyId TEXT;
  -- The largest id that a chunk ever had: positions of events hold it, so it must not be given to another one.
  CREATE TABLE lastChunk (id INTEGER NOT NULL) STRICT;
  INSERT INTO lastChunk SELECT ifnull(max(id), 0) FROM chunks;
  CREATE TABLE followers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, groupId INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    createdMs INTEGER NOT NULL, settings TEXT NOT NULL, UNIQUE (groupId, kind, name)
  ) STRICT;
  -- What each follower has not seen yet; written together with the chunk, so that no crash comes between.
  CREATE TABLE pendingChunks (
    followerId INTEGER NOT NULL, chunkId INTEGER NOT NULL, PRIMARY KEY (followerId, chunkId)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE resourcePolicies (
    account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, updatedMs INTEGER NOT NULL,
    PRIMARY KEY (account, region, name)
  ) STRICT, WITHOUT ROWID;
`;

export const LOG_FORMATS = [FIRST, FOLLOWERS] as const;
