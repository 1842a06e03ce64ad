#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import Synchronization

/// Runs what waits for a process on a thread that lasts as long as the process does.
enum CommandThread {
    /// How many may be at work at once in the whole runner: each has a thread.
    static let limit = 64

    private static let count = Mutex(0)

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Does `body` on a thread of its own.
    ///
    /// - Parameter body: gets what tells it that the caller has been cancelled; it ends soon then.
    /// - Throws: ``ToolFailure`` where there are too many.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable (Cancellation) throws(ToolFailure) -> Value
    ) async throws(ToolFailure) -> Value {
        let isFree = count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard isFree else { throw ToolFailure("\(limit) commands are running already; try again later.") }
        let cancellation = Cancellation()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isStarted = start {
                    let result = Result { () throws(ToolFailure) -> Value in try body(cancellation) }
                    count.withLock { $0 -= 1 }
                    continuation.resume(returning: result)
                }
                if !isStarted {
                    count.withLock { $0 -= 1 }
                    continuation.resume(returning: .failure(ToolFailure("The machine has no room for a command now.")))
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
        return try result.get()
    }

    private static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        let work = Unmanaged.passRetained(Work(body))
        #if canImport(Glibc)
            var thread = pthread_t()
        #else
            var thread: pthread_t?
        #endif
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                #if canImport(Glibc)
                    guard let argument else { return nil }
                #endif
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            work.toOpaque()
        )
        guard code == 0 else {
            work.release()
            return false
        }
        #if canImport(Glibc)
            pthread_detach(thread)
        #else
            if let thread { pthread_detach(thread) }
        #endif
        return true
    }
}
