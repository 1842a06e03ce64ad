import EventLoop
import Logging

/// Accepts on one loop and deals the connections to all. Confined to its loop.
final class Listener: ReadinessWatcher {
    private let loop: EventLoop
    private let descriptor: Int32
    private let targets: [LoopBound<ServerLoop>]
    private let counters: ServerCounters
    private let maxConnections: Int
    private let logger: Logger
    private var next = 0
    private var isClosed = false

    init(
        loop: EventLoop,
        descriptor: Int32,
        targets: [LoopBound<ServerLoop>],
        counters: ServerCounters,
        maxConnections: Int,
        logger: Logger
    ) {
        self.loop = loop
        self.descriptor = descriptor
        self.targets = targets
        self.counters = counters
        self.maxConnections = maxConnections
        self.logger = logger
    }

    func open() throws(EventLoopError) {
        try loop.watch(descriptor, for: .read, trigger: .level, self)
    }

    func ready(_ events: ReadyEvents) {
        // A few at a time: those who are connected get their turn in between.
        for _ in 0..<64 {
            switch acceptSocket(descriptor) {
            case .socket(let socket, let peer): deal(socket, peer: peer)
            case .none: return
            case .exhausted: return pause()
            }
        }
    }

    private func deal(_ socket: Int32, peer: String) {
        let count = counters.connections.add(1, ordering: .relaxed).newValue
        counters.accepted.add(1, ordering: .relaxed)
        guard count <= maxConnections + Self.refusalsAtOnce else {
            counters.connections.subtract(1, ordering: .relaxed)
            loop.unwatch(socket, closing: true)
            return
        }
        let target = targets[next]
        next = (next + 1) % targets.count
        target.loop.execute { [maxConnections] in
            target.value.accept(socket, peer: peer, refusing: count > maxConnections)
        }
    }

    /// How many connections beyond the limit are told so at a time; more are closed without a word.
    private static let refusalsAtOnce = 64

    /// With no descriptor left, the waiting connection would wake the loop in every turn.
    private func pause() {
        logger.warning("no file descriptor is left: accepting pauses for 100 ms")
        loop.setInterest([], of: descriptor)
        loop.schedule(after: .milliseconds(100)) { [weak self] in
            guard let self, !isClosed else { return }
            loop.setInterest(.read, of: descriptor)
        }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        loop.unwatch(descriptor, closing: true)
    }
}
