import Dispatch
import Synchronization

/// Does work that waits for the disk on threads of its own, so that no event loop and no task thread waits for it.
final class FileWork: Sendable {
    /// The threads of all workspaces: few, since a disk gets no faster by being asked for more at once.
    static let shared = FileWork(width: 4)

    private let queues: [DispatchQueue]
    private let loads: Mutex<[Int]>

    /// Creates as many serial queues as may be at work at once.
    init(width: Int) {
        queues = (0..<width).map { DispatchQueue(label: "agent-runner.files.\($0)") }
        loads = Mutex(Array(repeating: 0, count: width))
    }

    /// Does `body` on the queue that has the least to do.
    ///
    /// - Parameter body: gets what tells it that the caller has been cancelled; it looks there now and then.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (Cancellation) throws(ToolFailure) -> Value
    ) async throws(ToolFailure) -> Value {
        let cancellation = Cancellation()
        let index = loads.withLock { loads in
            let index = loads.indices.min { loads[$0] < loads[$1] } ?? 0
            loads[index] += 1
            return index
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queues[index].async {
                    let result = Result { () throws(ToolFailure) -> Value in
                        try cancellation.check()
                        return try body(cancellation)
                    }
                    self.loads.withLock { $0[index] -= 1 }
                    continuation.resume(returning: result)
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
        return try result.get()
    }
}

/// Tells work on another thread that nobody waits for it any more.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    /// Whether it is over.
    var isCancelled: Bool { flag.load(ordering: .relaxed) }

    /// Ends it.
    func cancel() { flag.store(true, ordering: .relaxed) }

    /// - Throws: ``ToolFailure`` once it is over.
    func check() throws(ToolFailure) {
        if isCancelled { throw ToolFailure("The call was cancelled.") }
    }
}
