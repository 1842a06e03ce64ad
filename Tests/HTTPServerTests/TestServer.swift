import EventLoop
import HTTPServer
import HTTPTypes
import Logging
import Synchronization
import TestSupport
import Testing

/// A server on a port of its own, for the time of `body`.
func withServer(
    _ backend: ReadinessBackend,
    _ configuration: HTTPServerConfiguration = HTTPServerConfiguration(),
    loops: Int = 2,
    tls: TLSConfiguration? = nil,
    handler: @escaping HTTPServer.Handler = greet,
    _ body: (HTTPServer, UInt16) async throws -> Void
) async throws {
    let group = try EventLoopGroup(count: loops, backend: backend)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = HTTPServer(group: group, configuration: configuration, logger: logger, handler: handler)
    if let tls { server.useTLS(try TLSContext(tls)) }
    let port = try await server.listen(on: ListenAddress(host: "127.0.0.1", port: 0))
    do {
        try await body(server, port)
    } catch {
        await server.shutDown(grace: .zero)
        throw error
    }
    await server.shutDown(grace: .zero)
    #expect(server.figures.openConnections == 0)
    try await eventually("no socket of the server is open") { openSockets(local: port) == 0 }
}

/// The standard limits but for those that are set.
func limits(_ change: (inout HTTPServerConfiguration) -> Void) -> HTTPServerConfiguration {
    var configuration = HTTPServerConfiguration()
    change(&configuration)
    return configuration
}

/// Answers with the method, the path and the body.
@Sendable func greet(_ exchange: Exchange) async {
    guard let body = try? await exchange.readBody() else { return }
    let text = "\(exchange.head.method) \(exchange.head.path) \(String(decoding: body, as: UTF8.self))"
    exchange.respond(status: 200, headers: [.contentType: "text/plain"], body: Array(text.utf8))
}

/// Waits until a gate opens; false if the task is cancelled before.
func pass(_ gate: Gate, on loop: EventLoop) async -> Bool {
    while !gate.isOpen {
        do {
            try await loop.sleep(for: .milliseconds(1))
        } catch {
            return false
        }
    }
    return true
}

extension Exchange {
    /// Writes text into the stream.
    func write(_ text: String) { write { $0.append(contentsOf: text.utf8) } }
}
