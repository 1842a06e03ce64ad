import Executions
import Foundation
import GRDB
import StigmerProtos
import SwiftProtobuf

/// Writes changes as rows. Knows the ends of the logs at work, so that an event needs no look-up.
struct CommitWriter {
    private struct Tail {
        let place: Int64
        var end = LogEnd()
        var isPhaseWritten = true
    }

    private var tails: [String: Tail] = [:]
    /// Those whose phase is to be written at the end of the commit.
    private var changed: [String] = []

    /// Writes changes, in order, within a transaction.
    mutating func apply(_ changes: [StoreChange], in database: Database) throws {
        if tails.count > 10_000 { forget() }
        for change in changes {
            switch change {
            case .created(let new): try create(new, in: database)
            case .recorded(let event, let number, let id): try record(event, number, of: id, in: database)
            case .resumed(let id): try resume(id, in: database)
            case .deleted(let id): try delete(id, in: database)
            }
        }
        for id in changed {
            guard let tail = tails[id], !tail.isPhaseWritten else { continue }
            try database.cachedStatement(sql: Self.setPhase)
                .execute(arguments: [tail.end.phase.rawValue, tail.place])
            if tail.end.phase.isEnd { tails[id] = nil } else { tails[id]?.isPhaseWritten = true }
        }
        changed.removeAll(keepingCapacity: true)
    }

    private static let setPhase = """
        UPDATE executions SET phase = ?, began = coalesce(began, (
            SELECT coalesce(max(other.began), 0) + 1 FROM executions AS other WHERE other.session = executions.session
        )) WHERE place = ?
        """

    /// Forgets what it knows of the rows, as after a transaction that was undone.
    mutating func forget() {
        tails.removeAll()
        changed.removeAll()
    }

    private mutating func create(_ new: NewExecution, in database: Database) throws {
        let session = new.request.spec.sessionID
        let statement = try database.cachedStatement(
            sql: "INSERT INTO executions (id, session, phase, created_at) VALUES (?, ?, ?, ?)"
        )
        do {
            try statement.execute(arguments: [
                new.id, session.isEmpty ? nil : Data(session.utf8), ExecutionPhase.executionPending.rawValue,
                new.createdAt,
            ])
        } catch DatabaseError.SQLITE_CONSTRAINT_UNIQUE {
            throw StoreError.duplicate(new.id)
        }
        let place = database.lastInsertedRowID
        try insert(new.request, 0, place, in: database)
        for tag in Set(new.request.metadata.tags.map { Data($0.utf8) }) {
            try database.cachedStatement(sql: "INSERT INTO tags (tag, place) VALUES (?, ?)")
                .execute(arguments: [tag, place])
        }
        if let key = new.key {
            try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO keys (key, place, fingerprint, created_at) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [Data(key.value.utf8), place, key.fingerprint, new.createdAt])
        }
        tails[new.id] = Tail(place: place)
    }

    private mutating func record(
        _ event: ExecutionEvent,
        _ number: Int,
        of id: String,
        in database: Database
    ) throws {
        guard var tail = try tails[id] ?? load(id, in: database) else { throw StoreError.unknown(id) }
        if let fault = tail.end.fault(number, of: id) { throw fault }
        try insert(event, number, tail.place, in: database)
        let phase = tail.end.phase
        tail.end.advance(behind: event)
        if tail.end.phase != phase {
            if tail.isPhaseWritten { changed.append(id) }
            tail.isPhaseWritten = false
        }
        tails[id] = tail
    }

    private func resume(_ id: String, in database: Database) throws {
        try database.cachedStatement(sql: "UPDATE executions SET resumptions = resumptions + 1 WHERE id = ?")
            .execute(arguments: [id])
        if database.changesCount == 0 { throw StoreError.unknown(id) }
    }

    private mutating func delete(_ id: String, in database: Database) throws {
        try database.cachedStatement(sql: "DELETE FROM executions WHERE id = ?").execute(arguments: [id])
        tails[id] = nil
    }

    private func insert(_ message: some Message, _ number: Int, _ place: Int64, in database: Database) throws {
        let bytes: Data = try message.serializedBytes()
        try database.cachedStatement(sql: "INSERT INTO log (place, number, bytes) VALUES (?, ?, ?)")
            .execute(arguments: [place, number, bytes])
    }

    private func load(_ id: String, in database: Database) throws -> Tail? {
        let sql = """
            SELECT place, phase, (SELECT max(number) FROM log WHERE log.place = executions.place)
            FROM executions WHERE id = ?
            """
        guard let row = try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [id]) else { return nil }
        let phase: Int = row[1]
        let end = LogEnd(count: row[2] ?? 0, phase: ExecutionPhase(rawValue: phase) ?? .unspecified)
        return Tail(place: row[0], end: end)
    }
}
