import EventLoop
import Foundation
import HTTPClient
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite("Requests and responses")
struct ClientTests {
    @Test("a request arrives as it was made", arguments: ReadinessBackend.allCases)
    func sendsRequest(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream([[.answer(200, ["X-Reply": "yes"], "fine")]])
        try await withClient(backend) { client, loop in
            let request = HTTPClientRequest(
                method: .post,
                url: upstream.url + "/a?b=c",
                headers: [.authorization: "Bearer k", .accept: ""],
                body: Array("{}".utf8)
            )
            let response = try await client.send(request, on: loop, headTimeout: .seconds(30))
            #expect(response.status == 200)
            #expect(HTTPField.Name("x-reply").map { response.headers[$0] } == "yes")
            #expect(try await text(response) == "fine")
            let seen = try #require(upstream.requests.first)
            #expect(seen.method == "POST")
            #expect(seen.path == "/a?b=c")
            #expect(seen.body == Array("{}".utf8))
            let names = seen.headers.map { $0.name.lowercased() }.sorted()
            #expect(names == ["accept", "authorization", "content-length", "host"])
        }
    }

    @Test("each method is sent with its body or none", arguments: ReadinessBackend.allCases)
    func methods(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream { exchange in
            if exchange.request.method == "HEAD" {
                try exchange.raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".utf8))
            } else {
                try exchange.answer(200, [:], "\(exchange.request.method) \(exchange.request.body.count)")
            }
        }
        try await withClient(backend) { client, loop in
            // One handle serves them all in turn: nothing of one may show in the next.
            for (method, count) in [
                (HTTPRequest.Method.post, 100_000), (.get, 0), (.put, 3), (.head, 0), (.post, 0), (.delete, 0),
                (.get, 0),
            ] {
                let request = HTTPClientRequest(
                    method: method,
                    url: upstream.url,
                    body: [UInt8](repeating: 7, count: count)
                )
                let response = try await client.send(request, on: loop, headTimeout: .seconds(30))
                #expect(try await text(response) == (method == .head ? "" : "\(method) \(count)"))
            }
            #expect(upstream.connectionCount == 1)
        }
    }

    @Test("a connection is used again for the next request", arguments: ReadinessBackend.allCases)
    func reuses(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream([[.answer(200, [:], "one")], [.answer(200, [:], "two")]])
        try await withClient(backend) { client, loop in
            for expected in ["one", "two", "two"] {
                let response = try await client.send(HTTPClientRequest(url: upstream.url), on: loop)
                #expect(try await text(response) == expected)
            }
            #expect(upstream.requests.map(\.connection) == [0, 0, 0])
        }
    }

    @Test("a pooled connection that the server has closed is replaced", arguments: ReadinessBackend.allCases)
    func replacesClosed(backend: ReadinessBackend) async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream([
            [.answer(200, [:], "one"), .wait(gate), .close], [.answer(200, [:], "two")],
        ])
        try await withClient(backend) { client, loop in
            let first = try await client.send(HTTPClientRequest(url: upstream.url), on: loop)
            #expect(try await text(first) == "one")
            gate.open()
            let second = try await client.send(HTTPClientRequest(url: upstream.url), on: loop)
            #expect(try await text(second) == "two")
        }
    }

    @Test("each chunk can be read as soon as it comes", arguments: ReadinessBackend.allCases)
    func streams(backend: ReadinessBackend) async throws {
        let gates = (0..<3).map { _ in Gate() }
        let upstream = try ScriptedUpstream([
            [.respond(contentType: "text/event-stream")] + gates.flatMap { [.wait($0), .chunk("data: x\n\n")] }
        ])
        try await withClient(backend) { client, loop in
            let response = try await client.send(HTTPClientRequest(url: upstream.url), on: loop)
            for gate in gates {
                gate.open()
                #expect(try await piece(response) == "data: x\n\n")
            }
            #expect(try await piece(response) == nil)
            #expect(try await piece(response) == nil)
        }
    }

    @Test("interim responses are skipped", arguments: ReadinessBackend.allCases)
    func interim(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream([
            [
                .raw("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
                .raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            ]
        ])
        try await withClient(backend) { client, loop in
            let response = try await client.send(HTTPClientRequest(url: upstream.url), on: loop)
            #expect(response.status == 200)
            #expect(HTTPField.Name("Link").map { response.headers[$0] } == .some(nil))
            #expect(try await text(response) == "ok")
        }
    }

    @Test(
        "redirects and errors are responses as any other",
        arguments: ReadinessBackend.allCases,
        [302, 404, 429, 500]
    )
    func notFollowed(backend: ReadinessBackend, status: Int) async throws {
        let upstream = try ScriptedUpstream([[.answer(status, ["Location": "/elsewhere"], "words")]])
        try await withClient(backend) { client, loop in
            let response = try await client.send(HTTPClientRequest(url: upstream.url), on: loop)
            #expect(response.status == status)
            #expect(try await text(response) == "words")
            #expect(upstream.requests.count == 1)
        }
    }

    @Test("a body without a length ends with its connection", arguments: ReadinessBackend.allCases)
    func untilClose(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream([[.raw("HTTP/1.1 200 OK\r\n\r\nhello"), .close]])
        try await withClient(backend) { client, loop in
            let response = try await client.send(HTTPClientRequest(url: upstream.url), on: loop)
            #expect(try await text(response) == "hello")
        }
    }

    @Test("a large body is read whole while its sender is held back", arguments: ReadinessBackend.allCases)
    func holdsBack(backend: ReadinessBackend) async throws {
        let sent = Mutex(0)
        let size = 40_000_000
        let upstream = try ScriptedUpstream { exchange in
            try exchange.respond()
            let piece = [UInt8](repeating: 65, count: 100_000)
            for _ in 0..<(size / piece.count) {
                try exchange.chunk(piece)
                sent.withLock { $0 += piece.count }
            }
        }
        try await withClient(backend) { client, loop in
            let response = try await client.send(HTTPClientRequest(url: upstream.url), on: loop)
            // The sender stops by itself: what it has sent is in the kernel's buffers or within the limit.
            var last = -1
            try await eventually("the sender waits") {
                try await loop.sleep(for: .milliseconds(30))
                defer { last = sent.withLock { $0 } }
                return last > 0 && last == sent.withLock { $0 }
            }
            #expect(last < size / 2)
            var count = 0
            var largest = 0
            while try await response.next(
                within: .seconds(30),
                {
                    count += $0.count
                    largest = max(largest, $0.count)
                }
            ) {}
            #expect(count == size)
            #expect(largest <= 256 * 1024 + 16 * 1024)
        }
    }

    @Test("a hundred requests at once are all answered", arguments: ReadinessBackend.allCases)
    func concurrent(backend: ReadinessBackend) async throws {
        let upstream = try ScriptedUpstream { exchange in
            try exchange.answer(200, [:], String(exchange.request.path.dropFirst()))
        }
        let group = try EventLoopGroup(count: 2, backend: backend)
        let client = try HTTPClient(group: group)
        let answers = await withTaskGroup(of: String.self) { tasks in
            for number in 0..<100 {
                let loop = group.next()
                tasks.addTask(executorPreference: loop) {
                    do {
                        let request = HTTPClientRequest(url: "\(upstream.url)/\(number)")
                        let response = try await client.send(request, on: loop, headTimeout: .seconds(30))
                        return try await text(response)
                    } catch {
                        return "\(error)"
                    }
                }
            }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.sorted() == (0..<100).map { "\($0)" }.sorted())
    }

    @Test("a request does not wait for another's slow response", arguments: ReadinessBackend.allCases)
    func doesNotQueue(backend: ReadinessBackend) async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream { exchange in
            if exchange.request.path == "/slow" { try exchange.wait(for: gate) }
            try exchange.answer(200, [:], "done")
        }
        try await withClient(backend) { client, loop in
            async let slow = client.send(HTTPClientRequest(url: upstream.url + "/slow"), on: loop).status
            try await upstream.waitForRequests(1)
            let fast = try await client.send(HTTPClientRequest(url: upstream.url), on: loop, headTimeout: .seconds(30))
            #expect(try await text(fast) == "done")
            gate.open()
            #expect(try await slow == 200)
        }
    }
}
