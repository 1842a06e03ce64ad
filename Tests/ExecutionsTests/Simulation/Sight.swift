import Agents
import StigmerProtos

@testable import Executions

/// What one subscriber has seen of one execution, over all its connections and all lives of the runner.
///
/// `@unchecked Sendable`: only tasks of simulated loops use it, which one thread runs.
final class Sight: @unchecked Sendable {
    let id: String
    private(set) var events: [ExecutionEvent] = []
    private var text: [UInt8] = []
    private var bytes = 0
    private let faults: Faults

    init(_ id: String, _ faults: Faults) {
        self.id = id
        self.faults = faults
    }

    /// Where to go on.
    var cursor: Cursor { Cursor(events: events.count, bytes: bytes) }

    var hasEnd: Bool {
        if case .finished = events.last?.event { true } else { false }
    }

    func see(_ entry: EventLog.Entry) {
        switch entry {
        case .delta(let kind, let piece, let cursor):
            bytes += piece.count
            if kind == .text { text += Array(piece) }
            if cursor != self.cursor { faults.found("\(id): a piece at \(cursor) where \(self.cursor) was to come") }
        case .event(let event):
            if hasEnd { faults.found("\(id): \(event.cursor) behind the end") }
            events.append(event)
            if event.cursor != "\(events.count)" { faults.found("\(id): \(event.cursor) is not \(events.count)") }
            switch event.event {
            case .messageCompleted(let completed):
                if !completed.message.content.utf8.starts(with: text) {
                    faults.found("\(id): the pieces are no beginning of the message at \(event.cursor)")
                }
            case .messageDiscarded: break
            default:
                if bytes > 0 { faults.found("\(id): \(event.cursor) comes in the middle of a message") }
            }
            (text, bytes) = ([], 0)
        }
    }
}
