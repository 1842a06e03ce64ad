extension EventLoop {
    /// Runs `body` on this loop, from wherever the caller is.
    public func run<Result: Sendable>(
        _ body: @Sendable () async throws -> Result
    ) async rethrows -> Result {
        try await withTaskExecutorPreference(self, operation: body)
    }

    /// Starts a task on this loop.
    @discardableResult
    public func spawn(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: self) { await body() }
    }

    /// Suspends the calling task for `delay`.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    public func sleep(for delay: Duration) async throws(CancellationError) {
        let signal = Signal()
        let timer = LoopCell<LoopTimer?>(nil)
        execute { [self] in
            timer.value = schedule(after: delay) { signal.raise() }
        }
        await signal.wait()
        if Task.isCancelled {
            execute { timer.value?.cancel() }
            throw CancellationError()
        }
    }
}
