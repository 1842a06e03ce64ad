import EventLoop
import Logging
import Synchronization
import WireJSON

/// Requests and answers over one transport: JSON-RPC's client side, from `initialize` to the end.
final class MCPConnection: Sendable {
    private struct Pending {
        let signal: Signal
        let progress: (@Sendable (String) -> Void)?
        var reports = 0
        var outcome: Result<JSONValue, MCPFailure>?
    }

    private struct State {
        var pending: [Int: Pending] = [:]
        var nextID = 1
        var failure: MCPFailure?
        var garbage = 0
        var firstGarbage: String?
        var listVersion = 0
        var offersTools = false
    }

    /// This many messages in a row that are none are taken for a server of another protocol.
    private static let garbageLimit = 1000

    let loop: EventLoop
    private let transport: any Transport
    private let limits: MCPLimits
    private let clocks: MCPClocks
    private let logger: Logger
    private let state = Mutex(State())

    init(_ transport: any Transport, loop: EventLoop, limits: MCPLimits, clocks: MCPClocks, logger: Logger) {
        self.transport = transport
        self.loop = loop
        self.limits = limits
        self.clocks = clocks
        self.logger = logger
    }

    /// Why nothing can be asked any more; nil while it can.
    var failure: MCPFailure? { state.withLock { $0.failure } }

    /// Changes when the server's tools do.
    var listVersion: Int { state.withLock { $0.listVersion } }

    // MARK: Life

    /// Opens the transport and agrees on a version.
    func start() async throws(MCPFailure) {
        let begin = ContinuousClock.now
        try await transport.open { [weak self] event in self?.take(event) }
        let result: JSONValue
        do {
            result = try await request("initialize", Self.introduction, within: clocks.start, since: begin)
        } catch {
            throw startFailure(error)
        }
        let version = try ProtocolVersion.chosen(result)
        state.withLock { $0.offersTools = result["capabilities"]?["tools"]?.members != nil }
        transport.agreed(on: version)
        transport.send(RPCMessage.notification("notifications/initialized", nil), id: nil)
    }

    private static let introduction: JSONValue = [
        "protocolVersion": .string(ProtocolVersion.preferred.rawValue),
        "capabilities": [:],
        "clientInfo": ["name": "agent-runner", "version": "1"],
    ]

    /// Ends everything; what is under way fails.
    func close(_ reason: MCPFailure = .stopped) async {
        fail(reason)
        await transport.close()
    }

    private func startFailure(_ failure: MCPFailure) -> MCPFailure {
        let hint = state.withLock { $0.firstGarbage }.map { "; it wrote what is no message: \($0)" } ?? ""
        switch failure.kind {
        case .timedOut: return MCPFailure(.notStarted, "was not ready within \(clocks.start.words)\(hint)")
        case .stopped, .cancelled: return failure
        default: return MCPFailure(.notStarted, failure.message + hint)
        }
    }

    // MARK: Questions

    /// Lists the server's tools, all pages.
    func listTools() async throws(MCPFailure) -> ToolListing {
        var listing = ToolListing()
        guard state.withLock({ $0.offersTools }) else { return listing }
        let begin = ContinuousClock.now
        for _ in 0..<limits.pages {
            let params = listing.cursor.map { JSONValue.object([.init("cursor", .string($0))]) }
            try listing.take(try await request("tools/list", params, within: clocks.list, since: begin), limits)
            if listing.cursor == nil { break }
        }
        listing.finish(limits)
        return listing
    }

    /// Calls a tool.
    func call(
        _ tool: String,
        _ arguments: JSONValue,
        within limit: Duration,
        progress: @escaping @Sendable (String) -> Void
    ) async throws(MCPFailure) -> CallResult {
        let params: JSONValue = ["name": .string(tool), "arguments": arguments]
        let result = try await request("tools/call", params, within: limit, progress: progress)
        return try CallResult(result, limit: limits.resultBytes)
    }

    /// Whether the server still answers.
    func isAlive() async -> Bool {
        do {
            _ = try await request("ping", nil, within: clocks.ping)
            return true
        } catch {
            // A server that refuses a ping has answered it.
            if case .refused = error.kind { return true }
            return false
        }
    }

    private func request(
        _ method: String,
        _ params: JSONValue?,
        within limit: Duration,
        since begin: ContinuousClock.Instant = .now,
        progress: (@Sendable (String) -> Void)? = nil
    ) async throws(MCPFailure) -> JSONValue {
        let signal = Signal()
        let id = try register(signal, progress)
        defer { state.withLock { _ = $0.pending.removeValue(forKey: id) } }
        let alarm = Alarm(after: limit - (.now - begin), on: loop, signal)
        defer { alarm.cancel() }
        transport.send(RPCMessage.request(id, method, progress == nil ? params : params?.withProgressToken(id)), id: id)
        while true {
            if let outcome = state.withLock({ $0.pending[id]?.outcome }) { return try outcome.get() }
            if Task.isCancelled {
                giveUp(id, method, "the caller does not want the result any more")
                throw .cancelled
            }
            if alarm.isOver {
                giveUp(id, method, "it took longer than \(limit.words)")
                throw MCPFailure(.timedOut, "did not answer within \(limit.words)")
            }
            await signal.wait()
        }
    }

    private func register(
        _ signal: Signal,
        _ progress: (@Sendable (String) -> Void)?
    ) throws(MCPFailure) -> Int {
        let registered: Result<Int, MCPFailure> = state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            guard state.pending.count < limits.pendingCalls else {
                return .failure(
                    MCPFailure(.tooMuch, "has \(limits.pendingCalls) calls under way, the most it may have")
                )
            }
            let id = state.nextID
            state.nextID += 1
            state.pending[id] = Pending(signal: signal, progress: progress)
            return .success(id)
        }
        return try registered.get()
    }

    /// Tells the server that a request's answer is not wanted; `initialize` must not be cancelled so.
    private func giveUp(_ id: Int, _ method: String, _ reason: String) {
        if method != "initialize" {
            let params: JSONValue = ["requestId": .int(id), "reason": .string(reason)]
            transport.send(RPCMessage.notification("notifications/cancelled", params), id: nil)
        }
        transport.abandon(id)
    }

    // MARK: What comes in

    private func take(_ event: TransportEvent) {
        switch event {
        case .message(let value):
            guard let messages = RPCMessage.read(value) else { return takeGarbage(value.jsonText) }
            state.withLock { $0.garbage = 0 }
            for message in messages { take(message) }
        case .garbage(let text): takeGarbage(text)
        case .failed(let id, let failure): settle(id, .failure(failure))
        case .ended(let failure): fail(failure)
        }
    }

    private func take(_ message: RPCMessage) {
        switch message {
        case .response(let id, let outcome): settle(id, outcome)
        case .request(let id, "ping"): transport.send(RPCMessage.answer(id, [:]), id: nil)
        case .request(let id, let method): transport.send(RPCMessage.methodNotFound(id, method), id: nil)
        case .notification("notifications/progress", let params): report(params)
        case .notification("notifications/tools/list_changed", _): state.withLock { $0.listVersion += 1 }
        case .notification: break
        }
    }

    private func settle(_ id: Int, _ outcome: Result<JSONValue, MCPFailure>) {
        let signal = state.withLock { state -> Signal? in
            guard let pending = state.pending[id], pending.outcome == nil else { return nil }
            state.pending[id]?.outcome = outcome
            return pending.signal
        }
        signal?.raise()
    }

    private func report(_ params: JSONValue) {
        guard let id = params["progressToken"]?.integer else { return }
        let progress = state.withLock { state -> (@Sendable (String) -> Void)? in
            guard let pending = state.pending[id], pending.reports < limits.reports else { return nil }
            state.pending[id]?.reports += 1
            return pending.progress
        }
        progress?(Self.words(forProgress: params).shortened(to: limits.reportBytes))
    }

    /// `3/10: reading`, or as much of that as is known.
    private static func words(forProgress params: JSONValue) -> String {
        let amount = (params["progress"]?.jsonText ?? "") + (params["total"].map { "/\($0.jsonText)" } ?? "")
        guard let message = params["message"]?.text, !message.isEmpty else { return amount }
        return params["total"] == nil ? message : "\(amount): \(message)"
    }

    private func takeGarbage(_ text: String) {
        let count = state.withLock { state in
            state.garbage += 1
            if state.firstGarbage == nil { state.firstGarbage = text.shortened(to: 200) }
            return state.garbage
        }
        if count == 1 { logger.debug("an MCP server wrote what is no message") }
        guard count >= Self.garbageLimit else { return }
        fail(MCPFailure(.ended, "wrote \(count) lines in a row that are no messages"))
        loop.spawn { [self] in await transport.close() }
    }

    private func fail(_ failure: MCPFailure) {
        let signals = state.withLock { state -> [Signal] in
            guard state.failure == nil else { return [] }
            state.failure = failure
            let open = state.pending.filter { $0.value.outcome == nil }
            for id in open.keys { state.pending[id]?.outcome = .failure(failure) }
            return open.values.map(\.signal)
        }
        for signal in signals { signal.raise() }
    }
}

extension JSONValue {
    /// A request's parameters with the token that progress is reported by.
    fileprivate func withProgressToken(_ id: Int) -> JSONValue {
        .object((members ?? []) + [Member("_meta", ["progressToken": .int(id)])])
    }
}

extension Duration {
    /// `30 s` or `350 ms`.
    var words: String {
        let milliseconds = Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }
}
