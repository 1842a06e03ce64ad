import EventLoop
import HTTPClient
import Logging
import Synchronization
import Tools
import WireJSON

/// One server of a session: started when it is first needed, started again when it has died, stopped for good.
final class MCPServer: Sendable {
    private struct Running {
        let connection: MCPConnection
        var listing: ToolListing?
        /// What ``MCPConnection/listVersion`` was when the listing was asked for.
        var listVersion = 0
    }

    private enum Phase {
        case idle
        case starting(MCPConnection, Promise<Result<MCPConnection, MCPFailure>>)
        case running(Running)
        case stopped
    }

    private struct State {
        var phase = Phase.idle
        /// Starts and connections that failed since the last answer to a call.
        var failures = 0
        var lastFailure: MCPFailure?
        /// On the loop's clock.
        var restsUntil: UInt64 = 0
    }

    let configuration: MCPServerConfiguration
    let redactor: Redactor
    private let client: HTTPClient
    private let loop: EventLoop
    private let limits: MCPLimits
    private let clocks: MCPClocks
    private let logger: Logger
    private let state = Mutex(State())

    init(
        _ configuration: MCPServerConfiguration,
        client: HTTPClient,
        loop: EventLoop,
        limits: MCPLimits,
        clocks: MCPClocks,
        logger: Logger
    ) {
        self.configuration = configuration
        redactor = Redactor(configuration.secrets)
        self.client = client
        self.loop = loop
        self.limits = limits
        self.clocks = clocks
        self.logger = logger
    }

    /// The server's tools, those that the configuration enables or not; asked for anew when they have changed.
    func tools() async throws(MCPFailure) -> ToolListing {
        let connection = try await connection()
        let version = connection.listVersion
        if let listing = listing(of: connection, version) { return listing }
        let listing = try await retellingDeath(of: connection) { () async throws(MCPFailure) in
            try await connection.listTools()
        }
        state.withLock { state in
            guard case .running(var running) = state.phase, running.connection === connection else { return }
            (running.listing, running.listVersion) = (listing, version)
            state.phase = .running(running)
        }
        return listing
    }

    /// Calls a tool.
    ///
    /// - Throws: ``ToolFailure``, a sentence for the model without secrets.
    func call(_ tool: String, _ arguments: JSONValue, _ context: ToolContext) async throws(ToolFailure) -> String {
        do {
            return try await call(tool, arguments, context, isAgain: false)
        } catch let failure as ToolFailure {
            throw failure
        } catch {
            throw ToolFailure("\(error)")
        }
    }

    private func call(
        _ tool: String,
        _ arguments: JSONValue,
        _ context: ToolContext,
        isAgain: Bool
    ) async throws -> String {
        var isSent = false
        do {
            let connection = try await connection()
            isSent = true
            let result = try await retellingDeath(of: connection) { () async throws(MCPFailure) in
                try await connection.call(tool, arguments, within: callLimit) { [redactor] text in
                    context.report(redactor.redact(text))
                }
            }
            state.withLock { $0.failures = 0 }
            if result.isError {
                throw ToolFailure(
                    redactor.redact(result.text.isEmpty ? "\(tool) failed without saying why" : result.text)
                )
            }
            return result.text
        } catch let failure as MCPFailure {
            // The session was unknown, so the call has not been looked at: it can be made again.
            if failure.kind == .sessionExpired, !isAgain {
                return try await call(tool, arguments, context, isAgain: true)
            }
            if failure.kind == .timedOut { await closeIfDead() }
            throw ToolFailure(sentence(failure) + (isSent ? Self.outcome(failure) : ""))
        }
    }

    /// A failure as a sentence for people and models.
    func sentence(_ failure: MCPFailure) -> String {
        redactor.redact("the MCP server “\(configuration.name)” \(failure.message)")
    }

    private static func outcome(_ failure: MCPFailure) -> String {
        switch failure.kind {
        case .ended, .timedOut, .cancelled, .stopped: "; whether the call has had an effect is unknown"
        default: ""
        }
    }

    private var callLimit: Duration {
        if case .http(let server) = configuration.transport, let timeout = server.timeout { return timeout }
        return clocks.call
    }

    private func listing(of connection: MCPConnection, _ version: Int) -> ToolListing? {
        state.withLock { state in
            guard case .running(let running) = state.phase, running.connection === connection else { return nil }
            return running.listVersion == version ? running.listing : nil
        }
    }

    // MARK: Starting

    /// The running connection; started if there is none.
    private func connection() async throws(MCPFailure) -> MCPConnection {
        let (found, dead) = try next().get()
        if let dead { loop.spawn { await dead.close() } }
        switch found {
        case .running(let running): return running.connection
        case .starting(_, let promise):
            guard let result = await promise.wait(on: loop) else { throw .cancelled }
            return try result.get()
        case .idle, .stopped: throw .stopped
        }
    }

    /// Moves on to the phase in which there is, or will be, a connection. A dead one is handed out to be cleared up.
    private func next() -> Result<(Phase, dead: MCPConnection?), MCPFailure> {
        state.withLock { state in
            var dead: MCPConnection?
            switch state.phase {
            case .starting: return .success((state.phase, nil))
            case .stopped: return .failure(.stopped)
            case .running(let running):
                guard let failure = running.connection.failure else { return .success((state.phase, nil)) }
                dead = running.connection
                state.phase = .idle
                note(failure, &state)
            case .idle: break
            }
            let now = loop.now
            if state.restsUntil > now {
                let seconds = (state.restsUntil - now) / 1_000_000_000 + 1
                let why = state.lastFailure?.message ?? "failed"
                return .failure(
                    MCPFailure(.notStarted, "\(why) (it has failed \(state.failures) times and rests for \(seconds) s)")
                )
            }
            let (connection, promise) = start()
            state.phase = .starting(connection, promise)
            return .success((state.phase, dead))
        }
    }

    private func start() -> (MCPConnection, Promise<Result<MCPConnection, MCPFailure>>) {
        let promise = Promise<Result<MCPConnection, MCPFailure>>()
        let connection = MCPConnection(makeTransport(), loop: loop, limits: limits, clocks: clocks, logger: logger)
        // A task of its own: whoever wanted it first may be cancelled, and others wait too.
        loop.spawn { [self] in
            do throws(MCPFailure) {
                try await connection.start()
                started(connection, promise)
            } catch {
                startFailed(error)
                await connection.close(error)
                promise.fulfil(.failure(error))
            }
        }
        return (connection, promise)
    }

    private func makeTransport() -> any Transport {
        switch configuration.transport {
        case .stdio(let server): StdioTransport(server, loop: loop, limits: limits, clocks: clocks)
        case .http(let server): HTTPTransport(server, client: client, loop: loop, limits: limits)
        }
    }

    private func started(_ connection: MCPConnection, _ promise: Promise<Result<MCPConnection, MCPFailure>>) {
        let isWanted = state.withLock { state in
            guard case .starting = state.phase else { return false }
            state.phase = .running(Running(connection: connection))
            return true
        }
        logger.debug("an MCP server is ready", metadata: ["server": "\(configuration.name)"])
        promise.fulfil(isWanted ? .success(connection) : .failure(.stopped))
    }

    private func startFailed(_ failure: MCPFailure) {
        state.withLock { state in
            guard case .starting = state.phase else { return }
            state.phase = .idle
            note(failure, &state)
        }
    }

    /// Counts a failure, and from the second in a row on lets the server rest for longer and longer.
    private func note(_ failure: MCPFailure, _ state: inout State) {
        state.lastFailure = failure
        guard failure.kind != .sessionExpired else { return }
        state.failures += 1
        if state.failures > 1 {
            let factor = 1 << min(state.failures - 2, 16)
            let pause = min(clocks.firstPause * factor, clocks.longestPause)
            state.restsUntil = loop.now &+ UInt64(pause / .nanoseconds(1))
        }
        let words = sentence(failure)
        logger.warning("an MCP server failed", metadata: ["server": "\(configuration.name)", "reason": "\(words)"])
    }

    // MARK: Ends

    /// Stops it for good, within a second.
    func stop() async {
        let phase = state.withLock { state in
            defer { state.phase = .stopped }
            return state.phase
        }
        switch phase {
        case .idle, .stopped: break
        case .running(let running): await running.connection.close()
        case .starting(let connection, let promise):
            await connection.close()
            _ = await promise.wait(within: .seconds(2), on: loop)
        }
    }

    /// Runs a request; a connection that died in it is known to be dead at once, not only at the next use.
    private func retellingDeath<Value>(
        of connection: MCPConnection,
        _ body: () async throws(MCPFailure) -> Value
    ) async throws(MCPFailure) -> Value {
        do throws(MCPFailure) {
            return try await body()
        } catch {
            if let failure = connection.failure { buried(connection, failure) }
            throw error
        }
    }

    private func buried(_ connection: MCPConnection, _ failure: MCPFailure) {
        let isMine = state.withLock { state in
            guard case .running(let running) = state.phase, running.connection === connection else { return false }
            state.phase = .idle
            note(failure, &state)
            return true
        }
        if isMine { loop.spawn { await connection.close() } }
    }

    /// After a call that took too long: a server that does not even answer a ping is ended, to be started anew.
    private func closeIfDead() async {
        let running = state.withLock { state in
            if case .running(let running) = state.phase { running.connection } else { nil as MCPConnection? }
        }
        guard let running, running.failure == nil else { return }
        loop.spawn { [self] in
            guard await !running.isAlive() else { return }
            let failure = MCPFailure(.ended, "answered neither a call nor a ping")
            await running.close(failure)
            buried(running, failure)
        }
    }
}
