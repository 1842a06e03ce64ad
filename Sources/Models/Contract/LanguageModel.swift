public import EventLoop

/// Whatever answers a conversation: the network's models, or a script in their place.
public protocol LanguageModel: Sendable {
    /// Asks, and hands everything that comes to `handle`, until the answer is complete.
    ///
    /// Call it from a task that runs on `loop`; cancelling the task ends the call.
    ///
    /// - Throws: ``ModelFailure``, or whatever `handle` throws. What came before the failure has been handed over.
    func run(
        _ request: ModelRequest,
        on loop: EventLoop,
        _ handle: (ModelEvent) throws -> Void
    ) async throws
}
