import EventLoop
import HTTPClient
import TestSupport
import Testing

@Suite("Connections that no request uses")
struct IdleConnectionTests {
    private static let whole = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"

    /// A client of its own whose connections may be idle for `limit`, after one request.
    private func afterOneRequest(
        _ backend: ReadinessBackend,
        idleLimit: Duration,
        _ url: String,
        _ body: @Sendable (HTTPClient) async throws -> Void
    ) async throws {
        let group = try EventLoopGroup(count: 1, backend: backend)
        let client = try HTTPClient(group: group, idleLimit: idleLimit)
        let loop = group.next()
        try await loop.run {
            let response = try await client.send(
                HTTPClientRequest(url: url),
                on: loop,
                headTimeout: .seconds(30)
            )
            #expect(try await text(response) == "fine")
        }
        try await body(client)
    }

    @Test(
        "one that its server closes is closed here too, without another request",
        arguments: ReadinessBackend.allCases
    )
    func closedThere(backend: ReadinessBackend) async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream([[.raw(Self.whole), .wait(gate), .close]])
        try await afterOneRequest(backend, idleLimit: .seconds(3600), upstream.url) { client in
            #expect(client.figures.openConnections == 1)
            gate.open()
            try await eventually("the connection is closed") { client.figures.openConnections == 0 }
            #expect(upstream.requests.count == 1)
        }
    }

    @Test("one that is idle for too long is closed, as its server sees", arguments: ReadinessBackend.allCases)
    func tooLong(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream([[.raw(Self.whole)]])
        try await afterOneRequest(backend, idleLimit: .seconds(1), upstream.url) { client in
            try await upstream.waitUntilPeerClosed(connection: 0)
            try await eventually("it is counted out") { client.figures.openConnections == 0 }
            #expect(client.figures == HTTPClientFigures(openConnections: 0, requests: 1, receivedBytes: 4))
        }
    }

    @Test("one that is used now and then stays", arguments: ReadinessBackend.allCases)
    func used(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream([[.raw(Self.whole)]])
        let group = try EventLoopGroup(count: 1, backend: backend)
        let client = try HTTPClient(group: group, idleLimit: .seconds(2))
        let loop = group.next()
        try await loop.run {
            // Longer in all than a connection may be idle; each pause is shorter by far.
            for _ in 0..<12 {
                let request = HTTPClientRequest(url: upstream.url)
                let response = try await client.send(request, on: loop, headTimeout: .seconds(30))
                #expect(try await text(response) == "fine")
                try await loop.sleep(for: .milliseconds(300))
            }
        }
        #expect(client.figures.requests == 12)
        #expect(upstream.connectionCount <= 2, "a busy machine may stretch a pause")
    }
}
