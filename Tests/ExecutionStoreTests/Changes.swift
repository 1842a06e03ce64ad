import Executions
import StigmerProtos

extension ExecutionStore {
    /// Commits, and waits until it is done.
    func commit(_ changes: StoreChange...) async throws(StoreError) { try await commit(changes) }

    func commit(_ changes: [StoreChange]) async throws(StoreError) {
        let error = await withCheckedContinuation { continuation in
            commit(changes) { continuation.resume(returning: $0) }
        }
        if let error { throw error }
    }

    /// The ids of all that a query asks for, taken a page at a time.
    func ids(_ query: ExecutionQuery) async throws(StoreError) -> [String] {
        var query = query
        var found: [String] = []
        repeat {
            let page = try await page(query)
            found += page.entries.map(\.id)
            query.before = page.next
        } while query.before != nil
        return found
    }
}

extension StoreChange {
    static func created(
        _ id: String,
        at time: Int64 = 1_000,
        message: String = "Hi",
        session: String = "",
        tags: [String] = [],
        key: IdempotencyKey? = nil
    ) -> StoreChange {
        let request = AgentExecution.with {
            $0.metadata.id = id
            $0.metadata.tags = tags
            $0.spec.message = message
            $0.spec.sessionID = session
        }
        return .created(NewExecution(request: request, createdAt: time, key: key))
    }

    static func started(_ number: Int, of id: String) -> StoreChange {
        .recorded(.event(number, .started(.with { $0.executionID = id })), number: number, of: id)
    }

    static func message(_ text: String, _ number: Int, of id: String) -> StoreChange {
        .recorded(.event(number, .messageCompleted(.with { $0.message.content = text })), number: number, of: id)
    }

    static func finished(
        _ number: Int,
        of id: String,
        _ phase: ExecutionPhase = .executionCompleted
    ) -> StoreChange {
        .recorded(.event(number, .finished(.with { $0.phase = phase })), number: number, of: id)
    }

    /// An execution that has ended, with a message of its own.
    static func ended(
        _ id: String,
        at time: Int64 = 1_000,
        text: String = "Hello",
        session: String = "",
        tags: [String] = [],
        phase: ExecutionPhase = .executionCompleted,
        key: IdempotencyKey? = nil
    ) -> [StoreChange] {
        [
            .created(id, at: time, session: session, tags: tags, key: key),
            .started(1, of: id), .message(text, 2, of: id), .finished(3, of: id, phase),
        ]
    }
}

extension ExecutionEvent {
    static func event(_ number: Int, _ kind: Kind) -> ExecutionEvent {
        .with {
            $0.event = kind
            $0.cursor = "\(number)"
            $0.time = .with { $0.seconds = Int64(number) }
        }
    }
}
