import EventLoop
import Models
import Synchronization

/// A model that answers by chance: in pieces, slowly, not at all, or with an error at any place.
///
/// It knows from the messages, which are `session/number`, who asks, and finds fault with two at a time in a session
/// and with a history that is not one.
struct ScriptedModel: LanguageModel {
    let chance: Chance
    let faults: Faults
    private let working = Working()

    private final class Working: Sendable {
        let sessions = Mutex<Set<String>>([])
    }

    init(chance: Chance, faults: Faults) {
        self.chance = chance
        self.faults = faults
    }

    func run(_ request: ModelRequest, on loop: EventLoop, _ handle: (ModelEvent) throws -> Void) async throws {
        let asked = request.messages.last { $0.role == .user }?.text ?? ""
        let session = String(asked.prefix { $0 != "/" })
        check(request, session)
        if !session.isEmpty, !working.sessions.withLock({ $0.insert(session).inserted }) {
            faults.found("two executions of \(session) ask at the same time: \(asked)")
        }
        defer { working.sessions.withLock { _ = $0.remove(session) } }
        do {
            try await answer(request, loop, handle)
        } catch is CancellationError {
            throw ModelFailure(.canceled, "cancelled")
        }
    }

    private func answer(_ request: ModelRequest, _ loop: EventLoop, _ handle: (ModelEvent) throws -> Void) async throws
    {
        try await loop.sleep(for: chance.milliseconds(0...80))
        if chance.percent(4) { throw ModelFailure(.unavailable, "nobody is there") }
        if chance.percent(3) { try await loop.sleep(for: .seconds(7200)) }
        if request.messages.count(where: { $0.role == .user }) > 1, chance.percent(10) {
            var failure = ModelFailure(.invalidArgument, "too long")
            failure.isPromptTooLong = true
            throw failure
        }
        for _ in 0..<chance.int(0...10) {
            if chance.percent(70) { try await loop.sleep(for: chance.milliseconds(0...40)) }
            if chance.percent(1) { throw ModelFailure(.unavailable, "cut") }
            let piece = Array((chance.pick(["a", "word ", "é", "€😀", "\n"]) ?? "").utf8)
            let isText = chance.percent(70)
            try piece.withUnsafeBytes { try handle(isText ? .text($0) : .reasoning($0)) }
        }
        if !request.tools.isEmpty, chance.percent(30) {
            for _ in 0..<chance.int(1...3) {
                let name = chance.percent(90) ? chance.pick(request.tools.map(\.name)) ?? "" : "nothing"
                try handle(
                    .toolCall(
                        ModelToolCall(id: "t\(chance.bits())", name: name, arguments: "{\"n\":\(chance.bits() >> 1)}")
                    )
                )
            }
        }
        try handle(.usage(ModelUsage(inputTokens: 1, outputTokens: 1)))
        try handle(.stop(.stop))
    }

    /// A history is the session's own, in the order of creation, each message once.
    private func check(_ request: ModelRequest, _ session: String) {
        let asked = request.messages.filter { $0.role == .user }.map(\.text)
        let numbers = asked.compactMap { Int($0.drop { $0 != "/" }.dropFirst()) }
        if numbers != numbers.sorted() && !session.isEmpty || Set(numbers).count != numbers.count {
            // With `interrupt` a later one comes first; it is history for the earlier only by its place in the store.
            if Set(numbers).count != numbers.count { faults.found("a message twice in the history: \(asked)") }
        }
        if !asked.allSatisfy({ $0.hasPrefix(session + "/") }) { faults.found("another session's history: \(asked)") }
        if session.isEmpty && asked.count > 1 { faults.found("a history without a session: \(asked)") }
        for (first, second) in zip(request.messages, request.messages.dropFirst())
        where first.role == .assistant && second.role == .assistant {
            faults.found("two answers to one message: \(asked)")
        }
        let calls = request.messages.flatMap(\.toolCalls).map(\.id)
        let outcomes = request.messages.compactMap(\.toolCallID)
        if calls.sorted() != outcomes.sorted() { faults.found("calls and outcomes do not fit: \(calls) \(outcomes)") }
    }
}

/// What a simulation found wrong.
final class Faults: Sendable {
    private let sentences = Mutex<[String]>([])

    func found(_ sentence: String) { sentences.withLock { $0.append(sentence) } }

    var all: [String] { sentences.withLock { $0 } }
}
