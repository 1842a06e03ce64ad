import GRDB

/// The form of the file. What has been released is never changed: a migration is added instead.
enum Schema {
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 executions") { database in
            try database.execute(sql: version1)
        }
        return migrator
    }()

    /// `place` is the order of creation and is never given twice. An execution's log has its request at 0 and its
    /// events, as protobuf, from 1 on; `phase` is what the last of them says (below 3, there is no end yet), and
    /// `began` counts the beginnings in a session. Callers' words are kept as bytes: SQLite ends a text at its first zero.
    private static let version1 = """
        CREATE TABLE executions (
            place INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            session BLOB,
            phase INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            resumptions INTEGER NOT NULL DEFAULT 0,
            began INTEGER
        ) STRICT;
        CREATE INDEX executions_by_phase ON executions (phase, place);
        CREATE INDEX executions_by_session ON executions (session, place) WHERE session IS NOT NULL;
        CREATE INDEX executions_by_beginning ON executions (session, began) WHERE session IS NOT NULL;

        CREATE TABLE log (
            place INTEGER NOT NULL REFERENCES executions ON DELETE CASCADE,
            number INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            PRIMARY KEY (place, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE tags (
            tag BLOB NOT NULL,
            place INTEGER NOT NULL REFERENCES executions ON DELETE CASCADE,
            PRIMARY KEY (tag, place)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX tags_by_place ON tags (place);

        CREATE TABLE keys (
            key BLOB PRIMARY KEY,
            place INTEGER NOT NULL UNIQUE REFERENCES executions ON DELETE CASCADE,
            fingerprint TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX keys_by_age ON keys (created_at);

        CREATE TABLE checks (count INTEGER NOT NULL) STRICT;
        INSERT INTO checks VALUES (0);
        """
}
