import EventLoop
import HTTPClient
import HTTPTypes
import Synchronization
import TestSupport

/// A call on its way: what has come of its answer can be looked at while the rest comes.
final class Call: Sendable {
    struct Answer: Sendable {
        var status = 0
        var headers = HTTPFields()
        var body: [UInt8] = []
        /// Why the answer is not whole; nil if it is.
        var failure: String?

        var text: String { String(decoding: body, as: UTF8.self) }

        func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
    }

    private let state = Mutex((answer: Answer(), isOver: false))
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ request: HTTPClientRequest, _ http: HTTPClient, _ loop: EventLoop, _ gate: Gate?) {
        let task = loop.spawn { [self] in
            do {
                let response = try await http.send(request, on: loop)
                update {
                    $0.status = response.status
                    $0.headers = response.headers
                }
                while let gate, !gate.isOpen { try await loop.sleep(for: .milliseconds(1)) }
                while try await response.next(within: .seconds(30), { bytes in update { $0.body += bytes } }) {}
            } catch {
                update { $0.failure = "\(error)" }
            }
            state.withLock { $0.isOver = true }
        }
        self.task.withLock { $0 = task }
    }

    private func update(_ change: (inout Answer) -> Void) { state.withLock { change(&$0.answer) } }

    /// What has come so far.
    var answer: Answer { state.withLock { $0.answer } }

    /// Waits until so much has come that `condition` holds.
    func until(_ what: String, _ condition: (Answer) -> Bool) async throws {
        try await eventually(what) { condition(answer) || state.withLock { $0.isOver } }
        guard condition(answer) else { throw NeverHappened.after(what, answer) }
    }

    /// Waits for the end.
    func whole() async throws -> Answer {
        try await eventually("the answer ends") { state.withLock { $0.isOver } }
        return answer
    }

    /// Closes the connection.
    func leave() { task.withLock { $0?.cancel() } }
}

struct Unexpected: Error, CustomStringConvertible {
    let description: String
}

extension NeverHappened {
    fileprivate static func after(_ what: String, _ answer: Call.Answer) -> Unexpected {
        Unexpected(description: "\(what): the answer ended as \(answer.status) \(answer.text) \(answer.failure ?? "")")
    }
}
