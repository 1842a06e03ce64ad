import Synchronization

/// The loops of a program: usually one a core.
public final class EventLoopGroup: Sendable {
    /// All loops, by their index.
    public let loops: [EventLoop]
    private let turn = Atomic<Int>(0)

    /// Makes and starts the loops.
    ///
    /// - Parameters:
    ///   - count: how many, at least 1; nil for one a core that the process may use.
    ///   - backend: how they learn of readiness.
    /// - Throws: `EventLoopError` if the system has no more descriptors.
    public init(count: Int? = nil, backend: ReadinessBackend = .standard) throws(EventLoopError) {
        var loops: [EventLoop] = []
        do {
            for index in 0..<max(1, count ?? usableCores()) {
                loops.append(try EventLoop(index: index, backend: backend))
            }
        } catch {
            for loop in loops { loop.stop() }
            throw error
        }
        self.loops = loops
    }

    deinit {
        for loop in loops { loop.stop() }
    }

    /// The loops in turn.
    public func next() -> EventLoop {
        let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return loops[Int(UInt(bitPattern: number) % UInt(loops.count))]
    }
}
