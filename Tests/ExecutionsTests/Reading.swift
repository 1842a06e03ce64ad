import Agents
import Foundation
import StigmerProtos

@testable import Executions

/// What a reader was given, as values that outlive the call.
enum Given: Equatable {
    case event(String)
    case delta(DeltaKind, [UInt8], Cursor)

    static func text(_ text: String, _ events: Int, _ bytes: Int) -> Given {
        .delta(.text, Array(text.utf8), Cursor(events: events, bytes: bytes))
    }

    static func reasoning(_ text: String, _ events: Int, _ bytes: Int) -> Given {
        .delta(.reasoning, Array(text.utf8), Cursor(events: events, bytes: bytes))
    }
}

extension EventLog {
    convenience init(message: String = "Hi") {
        self.init(
            StoredExecution(
                request: .with { $0.spec.message = message },
                createdAt: Surroundings.fixed.milliseconds
            ),
            writer: nil,
            surroundings: .fixed
        )
    }

    /// Reads what is there now, in steps of about `limit` bytes.
    func readAll(_ reader: LogReader, limit: Int = 1 << 20) -> (given: [Given], then: Continuation) {
        var given: [Given] = []
        while true {
            let then = read(reader, limit: limit) { entry in
                switch entry {
                case .event(let event): given.append(.event(event.cursor))
                case .delta(let kind, let bytes, let cursor): given.append(.delta(kind, Array(bytes), cursor))
                }
            }
            if then != .more { return (given, then) }
        }
    }

    /// Reads everything behind `cursor` with a reader that comes for it.
    func readAll(from cursor: Cursor) throws -> [Given] {
        let reader = try attach(from: cursor)
        defer { detach(reader) }
        return readAll(reader).given
    }

    func text(_ text: String) { piece(.text, text) }

    func reasoning(_ text: String) { piece(.reasoning, text) }

    private func piece(_ kind: DeltaKind, _ text: String) {
        Array(text.utf8).withUnsafeBytes { _ = append(kind, $0) }
    }

    /// Records the message in progress as complete.
    func complete() {
        let content = messageInProgress.text
        record(.messageCompleted(.with { $0.message = .with { $0.content = content } }))
    }

    func progress() { record(.progress(.with { $0.what = "waiting" })) }

    func finish() { record(.finished(.with { $0.phase = .executionCompleted })) }
}

extension Surroundings {
    /// 2026-11-23T04:05:06.789Z, for ever, and no chance.
    static let fixed = Surroundings(
        now: { Date(timeIntervalSince1970: 1_795_406_706.789) },
        uptime: { 0 },
        random: { 0 }
    )
}
