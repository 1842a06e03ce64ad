import Foundation
import Synchronization

/// An HTTP/1.1 server on a real socket of 127.0.0.1 that does what a script says, however wrong that is.
///
/// ```swift
/// let gate = Gate()
/// let upstream = try ScriptedUpstream([
///     [.respond(contentType: "text/event-stream"), .chunk("data: 1\n\n"), .wait(gate), .reset]
/// ])
/// … // talk to upstream.url
/// gate.open()
/// try await upstream.waitUntilPeerClosed(connection: 0)
/// ```
///
/// It stops when it is released or told to ``stop()``.
public final class ScriptedUpstream: Sendable {
    private let core: ScriptedUpstreamCore

    /// Starts a server that gives every request to `handler`, on the thread of its connection.
    ///
    /// A chunked body that the handler leaves open is ended; what it throws closes the connection.
    ///
    /// - Parameters:
    ///   - backlog: how many connections the system completes before they are accepted. Linux takes one more, and lets
    ///     those beyond wait in silence: with 0, one waiting connection makes a black hole of the port.
    ///   - accepting: accepts nothing before the test opens this gate.
    public init(
        backlog: Int32 = 128,
        accepting: Gate? = nil,
        _ handler: @escaping @Sendable (ScriptedExchange) throws -> Void
    ) throws {
        core = try ScriptedUpstreamCore(backlog: backlog, accepting: accepting, handler)
        core.start()
    }

    /// Starts a server that answers the first request with the first script, and so on; the last one serves the rest.
    public convenience init(_ scripts: [[ScriptedStep]], backlog: Int32 = 128, accepting: Gate? = nil) throws {
        let next = Mutex(0)
        try self.init(backlog: backlog, accepting: accepting) { exchange in
            let index = next.withLock { index in
                defer { index += 1 }
                return min(index, scripts.count - 1)
            }
            try exchange.run(scripts[index])
        }
    }

    deinit { core.stop() }

    /// The port it listens on.
    public var port: UInt16 { core.port }
    /// Its address, as `http://127.0.0.1:40123`.
    public var url: String { "http://127.0.0.1:\(port)" }
    /// Every request so far, in the order of their arrival.
    public var requests: [RecordedRequest] { core.state.withLock { $0.requests } }
    /// How many connections have been accepted.
    public var connectionCount: Int { core.state.withLock { $0.accepted } }

    /// When the peer was seen to close that connection (counted from 0), nil if it has not been.
    public func peerClosedAt(connection: Int) -> ContinuousClock.Instant? {
        core.state.withLock { $0.peerClosed[connection] }
    }

    /// Waits until the peer has closed that connection (counted from 0), and says when it was seen.
    @discardableResult
    public func waitUntilPeerClosed(connection: Int) async throws -> ContinuousClock.Instant {
        try await eventually("the peer closes connection \(connection)") { peerClosedAt(connection: connection) != nil }
        return peerClosedAt(connection: connection) ?? .now
    }

    /// Waits until so many requests have come.
    public func waitForRequests(_ count: Int) async throws {
        try await eventually("\(count) requests come") { requests.count >= count }
    }

    /// Closes everything. Nothing may be asked of it afterwards but what it has recorded.
    public func stop() { core.stop() }
}

/// What the threads of an upstream share; it outlives the handle that the test holds until they have ended.
final class ScriptedUpstreamCore: Sendable {
    struct State {
        var requests: [RecordedRequest] = []
        var peerClosed: [Int: ContinuousClock.Instant] = [:]
        /// Descriptors of living connections, so that `stop` can wake their threads.
        var open: Set<Int32> = []
        var accepted = 0
        var isStopped = false
    }

    let state = Mutex(State())
    let port: UInt16
    private let listener: Int32
    private let accepting: Gate?
    private let handler: @Sendable (ScriptedExchange) throws -> Void

    init(
        backlog: Int32,
        accepting: Gate?,
        _ handler: @escaping @Sendable (ScriptedExchange) throws -> Void
    ) throws {
        self.accepting = accepting
        self.handler = handler
        (listener, port) = try Self.listen(backlog)
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    func peerClosed(_ connection: Int) {
        state.withLock { if $0.peerClosed[connection] == nil { $0.peerClosed[connection] = .now } }
    }

    func start() {
        Thread.detachNewThread { self.acceptConnections() }
    }

    func stop() {
        state.withLock { state in
            if state.isStopped { return }
            state.isStopped = true
            for descriptor in state.open { _ = shutdownBothWays(descriptor) }
            // Wakes the accepting thread, which closes the listener.
            _ = shutdownBothWays(listener)
        }
    }

    private func acceptConnections() {
        defer { close(listener) }
        while let accepting, !accepting.isOpen, !isStopped { usleep(1000) }
        while true {
            let descriptor = accept(listener, nil, nil)
            if descriptor < 0 {
                if isStopped || (errno != EINTR && errno != ECONNABORTED) { return }
                continue
            }
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            let connection = state.withLock { state -> Int? in
                if state.isStopped { return nil }
                state.open.insert(descriptor)
                defer { state.accepted += 1 }
                return state.accepted
            }
            guard let connection else {
                close(descriptor)
                return
            }
            Thread.detachNewThread { self.serve(descriptor, connection) }
        }
    }

    private func serve(_ descriptor: Int32, _ connection: Int) {
        let socket = ScriptedSocket(descriptor: descriptor, connection: connection, core: self)
        do {
            while let request = try socket.readRequest() {
                state.withLock { $0.requests.append(request) }
                let exchange = ScriptedExchange(request: request, socket: socket)
                try handler(exchange)
                if exchange.isClosed { break }
                try exchange.end()
            }
        } catch {
            // Whatever ended the script has been recorded; the connection ends with it.
        }
        state.withLock { _ = $0.open.remove(descriptor) }
        close(descriptor)
    }

    private static func listen(_ backlog: Int32) throws -> (descriptor: Int32, port: UInt16) {
        #if canImport(Glibc)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && Foundation.listen(descriptor, backlog) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard descriptor >= 0, bound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}
