import EventLoop
import Logging
import Synchronization

/// An HTTP/1.1 server on the loops of a group.
///
/// One loop accepts, and each connection lives on one loop from then on; its handler's task runs there too. The
/// handler must not block.
public final class HTTPServer: Sendable {
    /// Answers one exchange; when it returns without an answer the caller gets 500, or a cut stream.
    public typealias Handler = @Sendable (Exchange) async -> Void

    private let group: EventLoopGroup
    private let configuration: HTTPServerConfiguration
    private let logger: Logger
    private let counters = ServerCounters()
    private let tls = CurrentTLS()
    private let loops: [LoopBound<ServerLoop>]
    private let listeners = Mutex<[LoopBound<Listener>]>([])

    /// Makes a server that does not listen yet.
    public init(
        group: EventLoopGroup,
        configuration: HTTPServerConfiguration = HTTPServerConfiguration(),
        logger: Logger,
        handler: @escaping Handler
    ) {
        self.group = group
        self.configuration = configuration
        self.logger = logger
        let (counters, tls) = (counters, tls)
        loops = group.loops.map { loop in
            LoopBound(
                ServerLoop(
                    loop: loop,
                    configuration: configuration,
                    counters: counters,
                    tls: tls,
                    logger: logger,
                    handler: handler
                ),
                on: loop
            )
        }
    }

    /// Speaks TLS with every connection that is accepted from now on; those that are open go on as they are.
    ///
    /// Call it before `listen`, and again to take up a new certificate.
    public func useTLS(_ context: TLSContext) { tls.context.withLock { $0 = context } }

    /// What the server has done and holds.
    public var figures: HTTPServerFigures { counters.figures }

    /// Begins to listen. May look up a name: not to be called on a loop.
    ///
    /// - Returns: the port, which the system has chosen if `address` has port 0.
    /// - Throws: `ListenError`.
    public func listen(on address: ListenAddress) async throws(ListenError) -> UInt16 {
        let (descriptor, port) = try address.listen()
        let loop = group.loops[0]
        let bound = LoopBound(
            Listener(
                loop: loop,
                descriptor: descriptor,
                targets: loops,
                counters: counters,
                configuration: configuration,
                logger: logger
            ),
            on: loop
        )
        let failure = await loop.run { () async -> String? in
            do {
                try bound.value.open()
                return nil
            } catch {
                return "\(error)"
            }
        }
        if let failure { throw ListenError(address: address, reason: failure) }
        listeners.withLock { $0.append(bound) }
        return port
    }

    /// Stops accepting and waits until every answer is out.
    ///
    /// - Parameter grace: connections that are still open after it are closed, which cancels their handlers.
    public func shutDown(grace: Duration) async {
        for listener in listeners.withLock({ $0 }) {
            await listener.loop.run { listener.value.close() }
        }
        await withTaskGroup(of: Void.self) { tasks in
            for bound in loops {
                tasks.addTask {
                    await bound.loop.run { await Self.drain(bound, grace: grace) }
                }
            }
        }
    }

    private static func drain(_ bound: LoopBound<ServerLoop>, grace: Duration) async {
        let empty = Signal()
        bound.value.drain { empty.raise() }
        let timer = bound.loop.schedule(after: grace) { bound.value.closeAll() }
        await empty.wait()
        timer.cancel()
        // A cancelled caller does not wait for the grace to end.
        if Task.isCancelled { bound.value.closeAll() }
    }
}
