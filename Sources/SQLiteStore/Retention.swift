import GRDB

/// Which executions and keys have stayed long enough.
struct Retention: Sendable {
    /// Milliseconds since 1970.
    let before: Int64
    let keeping: Int
    /// Milliseconds since 1970.
    let keysBefore: Int64
    let limit: Int

    init(before: Int64, keeping: Int, keysBefore: Int64, limit: Int) {
        self.before = before
        self.keeping = max(0, keeping)
        self.keysBefore = keysBefore
        self.limit = max(0, limit)
    }

    /// The places of the executions to delete, oldest first. Those that have ended stay so: this can be asked of a
    /// reader, beside the commits.
    func expired(in database: Database) throws -> [Int64] {
        // All that have ended before this one are too many.
        let sql = """
            SELECT place FROM executions WHERE phase >= 3 AND (created_at < ? OR place <= coalesce(
                (SELECT place FROM executions WHERE phase >= 3 ORDER BY place DESC LIMIT 1 OFFSET ?), -1))
            ORDER BY place LIMIT ?
            """
        return try Int64.fetchAll(database, sql: sql, arguments: [before, keeping, limit])
    }

    /// Deletes the executions and forgets the keys.
    ///
    /// - Returns: how many executions were deleted.
    func delete(_ places: [Int64], in database: Database) throws -> Int {
        try database.cachedStatement(sql: "DELETE FROM keys WHERE created_at < ?").execute(arguments: [keysBefore])
        var count = 0
        for place in places {
            try database.cachedStatement(sql: "DELETE FROM executions WHERE place = ?").execute(arguments: [place])
            count += database.changesCount
        }
        if count > 0 { try database.execute(sql: "PRAGMA incremental_vacuum(10000)") }
        return count
    }
}
