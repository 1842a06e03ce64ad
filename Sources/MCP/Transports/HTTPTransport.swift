import LineStreams
import EventLoop
import HTTPClient
import HTTPTypes
import Synchronization
import WireJSON

/// A server that is asked over HTTP: each message is a POST, which a request's answer or a stream of events answers.
///
/// https://modelcontextprotocol.io/specification/2025-06-18/basic/transports
final class HTTPTransport: Transport {
    private typealias Receiver = @Sendable (TransportEvent) -> Void

    private struct State {
        var receive: Receiver?
        /// Set when it is opened.
        var requests: HTTPRequests?
        var version: ProtocolVersion?
        var session: String?
        /// What is under way, by the request's id.
        var exchanges: [Int: Task<Void, Never>] = [:]
        /// Notifications and answers under way, and the listening.
        var others: [Int: Task<Void, Never>] = [:]
        var nextOther = 0
        var isClosed = false
        var hasEnded = false
    }

    private let server: MCPServerConfiguration.HTTPServer
    private let client: HTTPClient
    private let loop: EventLoop
    private let limits: MCPLimits
    private let state = Mutex(State())

    init(
        _ server: MCPServerConfiguration.HTTPServer,
        client: HTTPClient,
        loop: EventLoop,
        limits: MCPLimits
    ) {
        self.server = server
        self.client = client
        self.loop = loop
        self.limits = limits
    }

    func open(_ receive: @escaping @Sendable (TransportEvent) -> Void) async throws(MCPFailure) {
        let requests = try HTTPRequests(server)
        state.withLock { state in
            state.receive = receive
            state.requests = requests
        }
    }

    func agreed(on version: ProtocolVersion) {
        state.withLock { $0.version = version }
        spawnOther { [weak self] in await self?.listen() }
    }

    func send(_ message: [UInt8], id: Int?) {
        guard let id else {
            // What is lost with a notification or an answer shows in what they were about.
            return spawnOther { [weak self] in try? await self?.post(message, id: nil) }
        }
        state.withLock { state in
            guard !state.isClosed else { return }
            state.exchanges[id] = loop.spawn { [weak self] in
                do throws(MCPFailure) {
                    try await self?.post(message, id: id)
                    self?.tell(.failed(id: id, MCPFailure(.ended, "ended its answer before it was complete")))
                } catch {
                    self?.failed(id, error)
                }
                self?.state.withLock { _ = $0.exchanges.removeValue(forKey: id) }
            }
        }
    }

    func abandon(_ id: Int) {
        state.withLock { $0.exchanges.removeValue(forKey: id) }?.cancel()
    }

    func close() async {
        let (tasks, delete) = state.withLock { state in
            defer {
                state.isClosed = true
                state.exchanges = [:]
                state.others = [:]
                state.session = nil
            }
            let tasks = Array(state.exchanges.values) + Array(state.others.values)
            return (tasks, state.session.flatMap { state.requests?.delete(session: $0, version: state.version) })
        }
        for task in tasks { task.cancel() }
        tell(.ended(.stopped))
        guard let delete else { return }
        // A task of its own: a caller that is cancelled must not leave the session behind.
        let ending = loop.spawn { [client, loop] in
            if let response = try? await client.send(delete, on: loop, headTimeout: .milliseconds(700)) {
                response.cancel()
            }
        }
        await ending.value
    }

    // MARK: Exchanges

    /// Sends a message and hands over what answers it.
    private func post(_ message: [UInt8], id: Int?) async throws(MCPFailure) {
        guard message.count <= limits.messageBytes else {
            throw MCPFailure(.tooMuch, "takes no message of \(message.count) bytes")
        }
        let (requests, session, version) = state.withLock { ($0.requests, $0.session, $0.version) }
        guard let requests else { throw .stopped }
        let response = try await send(requests.post(message, session: session, version: version))
        try await check(response, session: session)
        if let session = requests.session(of: response) {
            state.withLock { if $0.session == nil && !$0.isClosed { $0.session = session } }
        }
        switch response.mediaType {
        case "text/event-stream": try await readEvents(response)
        case "application/json" where id != nil: try await readDocument(response)
        default:
            response.cancel()
            guard id == nil || response.status == 202 else {
                throw MCPFailure(
                    .badAnswer,
                    "answered with \(response.mediaType ?? "nothing") instead of JSON or events"
                )
            }
        }
    }

    private func send(_ request: HTTPClientRequest) async throws(MCPFailure) -> HTTPClientResponse {
        do {
            return try await client.send(request, on: loop)
        } catch {
            throw Self.failure(error, isBeforeHead: true)
        }
    }

    private func check(_ response: HTTPClientResponse, session: String?) async throws(MCPFailure) {
        guard response.status < 200 || response.status > 299 else { return }
        let status = response.status
        if status == 404, session != nil {
            response.cancel()
            throw MCPFailure(.sessionExpired, "does not know the session any more")
        }
        let body = (try? await response.collect(upTo: 64 << 10, within: .seconds(2))) ?? []
        let error = body.withUnsafeBytes { JSONValue.parsed($0) }?["error"]
        let words = error?["message"]?.text ?? String(decoding: body.prefix(300), as: UTF8.self)
        let advice =
            switch status {
            case 300...399: ": it sends the caller elsewhere, which is not followed: give the final address"
            case 401, 403: ": check the credentials in its headers"
            case 404, 405: ": check that the address is one of the streamable HTTP transport"
            default: ""
            }
        throw MCPFailure(
            .badAnswer,
            "answered with HTTP status \(status)\(advice)" + (words.isEmpty ? "" : " (\(words.shortened(to: 300)))")
        )
    }

    private func readDocument(_ response: HTTPClientResponse) async throws(MCPFailure) {
        let body: [UInt8]
        do {
            body = try await response.collect(upTo: limits.messageBytes, within: nil)
        } catch {
            throw Self.failure(error, isBeforeHead: false)
        }
        if let value = body.withUnsafeBytes({ JSONValue.parsed($0) }) {
            tell(.message(value))
        } else {
            throw MCPFailure(.badAnswer, "answered with something that is no JSON")
        }
    }

    private func readEvents(_ response: HTTPClientResponse) async throws(MCPFailure) {
        var events = SSEDecoder(limit: limits.messageBytes)
        do {
            while try await response.next(
                within: nil,
                { bytes in
                    try events.decode(bytes) { data in
                        if let value = JSONValue.parsed(data) {
                            tell(.message(value))
                        } else if !data.isEmpty {
                            tell(.garbage(String(decoding: data.prefix(200), as: UTF8.self)))
                        }
                    }
                }
            ) {}
        } catch let error as HTTPClientError {
            throw Self.failure(error, isBeforeHead: false)
        } catch {
            response.cancel()
            throw MCPFailure(.tooMuch, "sent a message of over \(limits.messageBytes) bytes")
        }
    }

    /// Listens for what the server says of itself, as long as it offers that: a list of tools that has changed.
    private func listen() async {
        var pause = Duration.seconds(1)
        while !Task.isCancelled {
            let request = state.withLock { $0.requests?.get(session: $0.session, version: $0.version) }
            guard let request else { return }
            if let response = try? await client.send(request, on: loop, headTimeout: .seconds(30)) {
                guard response.status == 200, response.mediaType == "text/event-stream" else {
                    return response.cancel()
                }
                do {
                    try await readEvents(response)
                    pause = .seconds(1)
                } catch {
                    pause = min(pause * 2, .seconds(60))
                }
            } else {
                pause = min(pause * 2, .seconds(60))
            }
            try? await loop.sleep(for: pause)
        }
    }

    // MARK: Ends

    private func failed(_ id: Int, _ failure: MCPFailure) {
        // A session that the server has lost is all calls' end, and the connection's before any caller's: one that calls
        // again at once must get a new connection.
        tell(failure.kind == .sessionExpired ? .ended(failure) : .failed(id: id, failure))
    }

    private func tell(_ event: TransportEvent) {
        let receive = state.withLock { state -> Receiver? in
            guard !state.hasEnded else { return nil }
            if case .ended = event { state.hasEnded = true }
            return state.receive
        }
        receive?(event)
    }

    private func spawnOther(_ body: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            guard !state.isClosed, state.others.count < limits.pendingCalls * 4 else { return }
            let number = state.nextOther
            state.nextOther += 1
            state.others[number] = loop.spawn { [weak self] in
                await body()
                self?.state.withLock { _ = $0.others.removeValue(forKey: number) }
            }
        }
    }

    private static func failure(_ error: HTTPClientError, isBeforeHead: Bool) -> MCPFailure {
        switch error.kind {
        case .cancelled: .cancelled
        case .tooLarge: MCPFailure(.tooMuch, "answered with too much: \(error.detail)")
        default: MCPFailure(.ended, (isBeforeHead ? "cannot be reached: " : "broke off: ") + error.detail)
        }
    }
}

extension HTTPClientResponse {
    /// The media type, in lower case and without parameters.
    var mediaType: String? {
        headers[.contentType].map { $0.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased() }
    }
}
