import EventLoop
import Foundation
import HTTPClient
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite("Failures, time-outs and cancelling")
struct ClientFailureTests {
    struct Row: CustomTestStringConvertible {
        let name: String
        let script: [ScriptedStep]
        let kind: HTTPClientError.Kind
        var testDescription: String { name }

        init(_ name: String, _ script: [ScriptedStep], _ kind: HTTPClientError.Kind) {
            self.name = name
            self.script = script
            self.kind = kind
        }
    }

    static let broken = [
        Row("closed before the head", [.close], .closedEarly),
        Row("reset before the head", [.reset], .closedEarly),
        Row("closed in the head", [.raw("HTTP/1.1 200 OK\r\nX: "), .close], .closedEarly),
        Row(
            "closed in a counted body",
            [.raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), .close],
            .closedEarly
        ),
        Row("closed in a chunk", [.respond(contentType: "a/b"), .raw("9\r\nhello"), .close], .closedEarly),
        Row("closed between chunks", [.respond(contentType: "a/b"), .chunk("hello"), .close], .closedEarly),
        Row("reset between chunks", [.respond(contentType: "a/b"), .chunk("hello"), .reset], .closedEarly),
        Row("not HTTP", [.raw("220 smtp.example ESMTP\r\n"), .close], .badResponse),
        Row("binary", [.raw([0x16, 3, 1, 0, 2, 2, 40, 0, 10, 13, 10]), .close], .badResponse),
        Row("a chunk that is none", [.respond(contentType: "a/b"), .raw("hello\r\n"), .hang], .badResponse),
        Row(
            "many header lines",
            [
                .raw(
                    "HTTP/1.1 200 OK\r\n"
                        + String(repeating: "X: \(String(repeating: "y", count: 1000))\r\n", count: 80)
                ), .hang,
            ],
            .tooLarge
        ),
        Row(
            "one long header line",
            [.raw("HTTP/1.1 200 OK\r\nX: " + String(repeating: "y", count: 300_000)), .hang],
            .tooLarge
        ),
    ]

    @Test("a broken response fails as what it is", arguments: ReadinessBackend.allCases, broken)
    func fails(backend: ReadinessBackend, row: Row) async throws {
        let upstream = try ScriptedUpstream([row.script])
        try await withClient(backend) { client, loop in
            let error = await failure { try await fetch(upstream.url, client, loop) }
            #expect(error?.kind == row.kind, "\(error as Any)")
            #expect(error?.url == upstream.url)
            #expect(error?.detail.isEmpty == false)
        }
    }

    @Test("what came before a cut is handed over first", arguments: ReadinessBackend.allCases)
    func keepsWhatCame(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream([[.respond(contentType: "a/b"), .chunk("hello"), .close]])
        try await withClient(backend) { client, loop in
            let response = try await client.send(HTTPClientRequest(url: upstream.url), on: loop)
            #expect(try await piece(response) == "hello")
            #expect(await failure { _ = try await piece(response) }?.kind == .closedEarly)
            #expect(await failure { _ = try await piece(response) }?.kind == .closedEarly)
        }
    }

    struct Unreachable: CustomTestStringConvertible {
        let url: String
        let kind: HTTPClientError.Kind
        let shown: String
        var testDescription: String { url }

        static let all = [
            Unreachable(url: "http://127.0.0.1:1/x?key=secret", kind: .connectFailed, shown: "http://127.0.0.1:1/x"),
            Unreachable(
                url: "http://u:secret@something.invalid/",
                kind: .resolveFailed,
                shown: "http://something.invalid/"
            ),
            Unreachable(url: "ftp://127.0.0.1/", kind: .badURL, shown: "ftp://127.0.0.1/"),
            Unreachable(url: "file:///etc/hostname", kind: .badURL, shown: "file:///etc/hostname"),
            Unreachable(url: "http://a b/", kind: .badURL, shown: "http://a b/"),
            Unreachable(url: "http://", kind: .badURL, shown: "http://"),
            Unreachable(url: "", kind: .badURL, shown: ""),
        ]
    }

    @Test("what cannot be reached fails without its secrets", arguments: ReadinessBackend.allCases, Unreachable.all)
    func unreachable(backend: ReadinessBackend, one: Unreachable) async throws {
        try await withClient(backend) { client, loop in
            let error = await failure { try await fetch(one.url, client, loop) }
            #expect(error?.kind == one.kind, "\(error as Any)")
            #expect(error?.url == one.shown)
            #expect(error?.description.contains("secret") == false)
        }
    }

    @Test("a plain port that is asked for TLS fails as TLS", arguments: ReadinessBackend.allCases)
    func tls(backend: ReadinessBackend) async throws {
        let listener = try PlainListener()
        try await withClient(backend) { client, loop in
            let error = await failure { try await fetch("https://127.0.0.1:\(listener.port)/", client, loop) }
            #expect(error?.kind == .tlsFailed, "\(error as Any)")
        }
    }

    @Test("a head that does not come in time ends the request", arguments: ReadinessBackend.allCases)
    func headTimeout(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream([[.hang]])
        try await withClient(backend) { client, loop in
            let start = ContinuousClock.now
            let error = await failure {
                _ = try await client.send(
                    HTTPClientRequest(url: upstream.url),
                    on: loop,
                    headTimeout: .milliseconds(50)
                )
            }
            #expect(error?.kind == .timedOut)
            #expect(ContinuousClock.now - start >= .milliseconds(50))
            try await upstream.waitUntilPeerClosed(connection: 0)
        }
    }

    @Test(
        "a body that pauses too long ends the request, a shorter pause does not",
        arguments: ReadinessBackend.allCases
    )
    func bodyTimeout(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream([[.respond(contentType: "a/b"), .chunk("hello"), .hang]])
        try await withClient(backend) { client, loop in
            let response = try await client.send(HTTPClientRequest(url: upstream.url), on: loop)
            #expect(try await piece(response) == "hello")
            let error = await failure { _ = try await response.next(within: .milliseconds(50)) { _ in } }
            #expect(error?.kind == .timedOut)
            try await upstream.waitUntilPeerClosed(connection: 0)
        }
    }

    @Test("a long limit is followed by a short one: each wait has its own", arguments: ReadinessBackend.allCases)
    func changingLimits(backend: ReadinessBackend) async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream([
            [.respond(contentType: "a/b"), .chunk("one"), .wait(gate), .chunk("two"), .hang]
        ])
        try await withClient(backend) { client, loop in
            let response = try await client.send(
                HTTPClientRequest(url: upstream.url),
                on: loop,
                headTimeout: .seconds(60)
            )
            #expect(try await piece(response) == "one")
            loop.schedule(after: .milliseconds(5)) { gate.open() }
            var text = ""
            _ = try await response.next(within: .seconds(60)) { text = String(decoding: $0, as: UTF8.self) }
            #expect(text == "two")
            let error = await failure { _ = try await response.next(within: .milliseconds(20)) { _ in } }
            #expect(error?.kind == .timedOut)
        }
    }

    @Test("more than the caller takes ends the request", arguments: ReadinessBackend.allCases)
    func tooLarge(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream([
            [.respond(contentType: "a/b"), .chunk(String(repeating: "x", count: 5000)), .hang]
        ])
        try await withClient(backend) { client, loop in
            let response = try await client.send(HTTPClientRequest(url: upstream.url), on: loop)
            let error = await failure { _ = try await response.collect(upTo: 1000, within: .seconds(30)) }
            #expect(error?.kind == .tooLarge)
            try await upstream.waitUntilPeerClosed(connection: 0)
        }
    }

    @Test(
        "cancelling closes the socket at once, before the head and in the body",
        arguments: ReadinessBackend.allCases,
        [true, false]
    )
    func cancels(backend: ReadinessBackend, inBody: Bool) async throws {
        let upstream = try ScriptedUpstream([inBody ? [.respond(contentType: "a/b"), .chunk("x"), .hang] : [.hang]])
        let group = try EventLoopGroup(count: 1, backend: backend)
        let client = try HTTPClient(group: group)
        let loop = group.next()
        let kind = Mutex<HTTPClientError.Kind?>(nil)
        let reading = Gate()
        let task = loop.spawn {
            let error = await failure {
                let response = try await client.send(HTTPClientRequest(url: upstream.url), on: loop)
                _ = try await piece(response)
                reading.open()
                _ = try await piece(response)
            }
            kind.withLock { $0 = error?.kind }
        }
        try await upstream.waitForRequests(1)
        if inBody { try await eventually("the first piece is read") { reading.isOpen } }
        task.cancel()
        await task.value
        #expect(kind.withLock { $0 } == .cancelled)
        // The client and its loop still live: nothing but the cancel closes the socket.
        _ = try await upstream.waitUntilPeerClosed(connection: 0)
        withExtendedLifetime((client, group)) {}
    }

    @Test("a request of a cancelled task is never sent", arguments: ReadinessBackend.allCases)
    func cancelledBefore(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream([[.answer(200, [:], "x")]])
        try await withClient(backend) { client, loop in
            let start = Signal()
            let task = loop.spawn {
                await start.wait()
                let error = await failure { try await fetch(upstream.url, client, loop) }
                #expect(error?.kind == .cancelled)
            }
            task.cancel()
            await task.value
            // A later request shows that the earlier had its time.
            try await fetch(upstream.url, client, loop)
            #expect(upstream.requests.count == 1)
        }
    }

    @Test("a response that is dropped closes its socket", arguments: ReadinessBackend.allCases)
    func drops(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream([[.respond(contentType: "a/b"), .chunk("x"), .hang]])
        try await withClient(backend) { client, loop in
            func use() async throws {
                let response = try await client.send(HTTPClientRequest(url: upstream.url), on: loop)
                #expect(response.status == 200)
            }
            try await use()
            try await upstream.waitUntilPeerClosed(connection: 0)
        }
    }

    @Test("a response that holds back its sender can be cancelled", arguments: ReadinessBackend.allCases)
    func cancelsPaused(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream { exchange in
            try exchange.respond()
            while true { try exchange.chunk([UInt8](repeating: 65, count: 100_000)) }
        }
        try await withClient(backend) { client, loop in
            let response = try await client.send(HTTPClientRequest(url: upstream.url), on: loop)
            for _ in 0..<20 { try await loop.sleep(for: .milliseconds(1)) }
            response.cancel()
            try await upstream.waitUntilPeerClosed(connection: 0)
        }
    }

    @Test("a client that goes leaves no socket, whether pooled or in use", arguments: ReadinessBackend.allCases)
    func leavesNothing(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream { exchange in
            if exchange.request.path == "/hang" { try exchange.hang() }
            try exchange.answer(200, [:], "x")
        }
        try await withClient(backend) { client, loop in
            try await fetch(upstream.url, client, loop)
            for _ in 0..<20 {
                let error = await failure {
                    _ = try await client.send(
                        HTTPClientRequest(url: upstream.url + "/hang"),
                        on: loop,
                        headTimeout: .milliseconds(1)
                    )
                }
                #expect(error?.kind == .timedOut)
            }
        }
        try await eventually("no socket of the client is open") { openSockets(remote: upstream.port) == 0 }
    }
}

/// What `body` fails with.
func failure(_ body: () async throws -> Void) async -> HTTPClientError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? HTTPClientError
    }
}

/// Sends GET and reads all.
private func fetch(_ url: String, _ client: HTTPClient, _ loop: EventLoop) async throws {
    let response = try await client.send(HTTPClientRequest(url: url), on: loop, headTimeout: .seconds(30))
    _ = try await text(response)
}

/// A port whose every caller is told something that is no TLS.
private final class PlainListener: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        #if canImport(Glibc)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let bound = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard bound else { throw POSIXError(.EADDRINUSE) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread {
            while case let caller = accept(descriptor, nil, nil), caller >= 0 {
                let words = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)
                _ = send(caller, words, words.count, 0)
                close(caller)
            }
            close(descriptor)
        }
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
