import Executions
import Foundation
import GRDB
import StigmerProtos
import SwiftProtobuf

/// What a reader finds, within one transaction.
extension Database {
    private static let columns = "SELECT place, id, created_at, resumptions FROM executions"

    func storedExecution(_ id: String) throws -> StoredExecution? {
        let statement = try cachedStatement(sql: "\(Self.columns) WHERE id = ?")
        // What stands behind a zero in a text is not compared there.
        guard let row = try Row.fetchOne(statement, arguments: [id]), row[1] == id else { return nil }
        return try load(row).stored
    }

    func page(_ query: ExecutionQuery) throws -> ExecutionPage {
        var conditions = ["true"]
        var arguments = StatementArguments()
        if query.phase != .unspecified {
            conditions.append("phase = ?")
            arguments += [query.phase.rawValue]
        }
        if !query.session.isEmpty {
            conditions.append("session = ?")
            arguments += [Data(query.session.utf8)]
        }
        for tag in query.tags {
            conditions.append("place IN (SELECT place FROM tags WHERE tag = ?)")
            arguments += [Data(tag.utf8)]
        }
        let condition = conditions.joined(separator: " AND ")
        let total = try Int.fetchOne(
            cachedStatement(sql: "SELECT count(*) FROM executions WHERE \(condition)"),
            arguments: arguments
        )
        let rows = try Row.fetchCursor(
            cachedStatement(sql: "\(Self.columns) WHERE \(condition) AND place < ? ORDER BY place DESC LIMIT ?"),
            arguments: arguments + [query.before ?? .max, query.limit + 1]
        )
        var page = ExecutionPage(entries: [], next: nil, total: total ?? 0)
        var size = 0
        var last: Int64?
        while let row = try rows.next() {
            page.next = last
            if page.entries.count == query.limit { return page }
            let (stored, bytes) = try load(row)
            size += bytes
            if size > query.bytes && !page.entries.isEmpty { return page }
            page.entries.append(stored)
            last = row[0]
        }
        page.next = nil
        return page
    }

    func unfinished() throws -> [String] {
        try String.fetchAll(self, sql: "SELECT id FROM executions WHERE phase < 3 ORDER BY place")
    }

    func session(_ session: String, bytes: Int) throws -> [StoredExecution] {
        let sql = "\(Self.columns) WHERE session = ? AND phase >= 3 ORDER BY began DESC"
        let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: [Data(session.utf8)])
        var found: [StoredExecution] = []
        var size = 0
        while let row = try rows.next() {
            let (stored, count) = try load(row)
            size += count
            if size > bytes && !found.isEmpty { break }
            found.append(stored)
        }
        return found.reversed()
    }

    func keyedExecution(_ key: String) throws -> KeyedExecution? {
        let sql = """
            SELECT id, fingerprint, keys.created_at FROM keys JOIN executions USING (place) WHERE key = ?
            """
        return try Row.fetchOne(cachedStatement(sql: sql), arguments: [Data(key.utf8)]).map { row in
            KeyedExecution(id: row[0], fingerprint: row[1], createdAt: row[2])
        }
    }

    /// Loads the log of an execution whose row is given.
    ///
    /// - Returns: the execution, and how many bytes the log has in the file.
    private func load(_ row: Row) throws -> (stored: StoredExecution, bytes: Int) {
        let id: String = row[1]
        let rows = try Row.fetchCursor(
            cachedStatement(sql: "SELECT number, bytes FROM log WHERE place = ? ORDER BY number"),
            arguments: [row[0] as Int64]
        )
        var stored = StoredExecution(request: AgentExecution(), createdAt: row[2], resumptions: row[3])
        var count = 0
        var size = 0
        while let entry = try rows.next() {
            let number: Int = entry[0]
            guard number == count else { throw StoreError.damaged(id, "its log has \(number) where \(count) belongs") }
            do {
                try entry.withUnsafeData(atIndex: 1) { bytes in
                    size += bytes?.count ?? 0
                    if number == 0 {
                        stored.request = try AgentExecution(serializedBytes: bytes ?? Data())
                    } else {
                        try stored.events.append(ExecutionEvent(serializedBytes: bytes ?? Data()))
                    }
                }
            } catch is BinaryDecodingError {
                throw StoreError.damaged(id, "entry \(number) of its log cannot be read")
            }
            count += 1
        }
        guard stored.id == id else { throw StoreError.damaged(id, "its request is missing") }
        return (stored, size)
    }
}

extension StoreError {
    fileprivate static func damaged(_ id: String, _ details: String) -> StoreError {
        StoreError(.dataLoss, "the store has \(id) damaged (\(details)): delete it, or put a copy of the store back")
    }
}
