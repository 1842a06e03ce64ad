import EventLoop
import Logging

/// Accepts on one loop and deals the connections to all. Confined to its loop.
final class Listener: ReadinessWatcher {
    private let loop: EventLoop
    private let descriptor: Int32
    private let targets: [LoopBound<ServerLoop>]
    private let counters: ServerCounters
    private let maxConnections: Int
    /// What a caller gets for whom there is no descriptor.
    private let refusal: [UInt8]
    private let logger: Logger
    private var next = 0
    private var isClosed = false
    private var isShedding = false
    /// Is given up for a moment to tell a caller that there is no descriptor for it; -1 if there is none.
    private var reserve: Int32 = -1

    init(
        loop: EventLoop,
        descriptor: Int32,
        targets: [LoopBound<ServerLoop>],
        counters: ServerCounters,
        configuration: HTTPServerConfiguration,
        logger: Logger
    ) {
        self.loop = loop
        self.descriptor = descriptor
        self.targets = targets
        self.counters = counters
        maxConnections = configuration.maxConnections
        refusal = configuration.refusal
        self.logger = logger
    }

    func open() throws(EventLoopError) {
        try loop.watch(descriptor, for: .read, trigger: .level, self)
        reserve = reserveDescriptor()
    }

    func ready(_ events: ReadyEvents) {
        // A few at a time: those who are connected get their turn in between.
        for _ in 0..<64 {
            switch acceptSocket(descriptor) {
            case .socket(let socket, let peer): deal(socket, peer: peer)
            case .none: return
            case .exhausted: return shed()
            }
        }
    }

    /// With no descriptor left, those who wait to be accepted are told to come again instead of being left to wait.
    private func shed() {
        var count = 0
        while count < Self.refusalsAtOnce, reserve >= 0 {
            closeReserve()
            let accepted = acceptSocket(descriptor)
            if case .socket(let socket, _) = accepted { refuseSocket(socket, refusal) }
            reserve = reserveDescriptor()
            guard case .socket = accepted else { break }
            count += 1
        }
        if !isShedding {
            isShedding = true
            logger.warning("no file descriptor is left: callers are answered 503")
            loop.schedule(after: .seconds(1)) { [weak self] in self?.isShedding = false }
        }
        // Without a reserve the waiting connection would wake the loop in every turn.
        if reserve < 0 || count == 0 { pause() }
    }

    private func closeReserve() {
        if reserve >= 0 { closeSocket(reserve) }
        reserve = -1
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

    private func pause() {
        loop.setInterest([], of: descriptor)
        loop.schedule(after: .milliseconds(100)) { [weak self] in
            guard let self, !isClosed else { return }
            if reserve < 0 { reserve = reserveDescriptor() }
            loop.setInterest(.read, of: descriptor)
        }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        closeReserve()
        loop.unwatch(descriptor, closing: true)
    }
}
