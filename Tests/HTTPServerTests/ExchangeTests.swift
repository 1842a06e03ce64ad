import EventLoop
import HTTPServer
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite("Requests and answers over a socket")
struct ExchangeTests {
    @Test("a connection serves one request after the other", arguments: ReadinessBackend.allCases)
    func keepsAlive(backend: ReadinessBackend) async throws {
        try await withServer(backend) { server, port in
            let client = try RawClient(port: port)
            for number in 1...3 {
                try await client.send("POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
                let response = try await client.response()
                #expect(response.status == 200)
                #expect(response.head.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(response.body == "POST /\(number) hi")
                #expect(response.header("Connection") == nil)
                #expect(response.header("Date")?.hasSuffix(" GMT") == true)
            }
            #expect(server.figures.acceptedConnections == 1)
        }
    }

    @Test("pipelined requests are answered in their order", arguments: ReadinessBackend.allCases)
    func pipelines(backend: ReadinessBackend) async throws {
        let gate = Gate()
        let running = Mutex((now: 0, most: 0))
        try await withServer(backend) { exchange in
            running.withLock {
                $0.now += 1
                $0.most = max($0.now, $0.most)
            }
            if exchange.head.path == "/1" { _ = await pass(gate, on: exchange.loop) }
            await greet(exchange)
            running.withLock { $0.now -= 1 }
        } _: { _, port in
            let client = try RawClient(port: port)
            try await client.send(
                "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
                    + "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
                    + "\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n"
            )
            gate.open()
            #expect(try await client.response().body == "GET /1 ")
            #expect(try await client.response().body == "POST /2 hi")
            #expect(try await client.response().body == "GET /3 ")
            #expect(running.withLock { $0.most } == 1)
        }
    }

    @Test("thousands of pipelined requests are answered, though reading pauses", arguments: ReadinessBackend.allCases)
    func pipelinesMany(backend: ReadinessBackend) async throws {
        let gate = Gate()
        try await withServer(backend) { exchange in
            _ = await pass(gate, on: exchange.loop)
            exchange.respond(status: 200, body: Array(exchange.head.path.utf8))
        } _: { _, port in
            let client = try RawClient(port: port)
            let count = 6000
            let padding = String(repeating: "x", count: 100)
            var requests = (0..<count).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\nX: \(padding)\r\n\r\n" }
            // More than is read ahead waits for the first answer; the rest is sent along with the reading.
            try await client.send(requests.removeFirst())
            var bytes = Array(requests.joined().utf8)[...]
            gate.open()
            for number in 0..<count {
                if let sent = bytes.isEmpty ? nil : client.sendSome(bytes.prefix(200_000)) {
                    bytes = bytes.dropFirst(sent)
                }
                #expect(try await client.response().body == "/\(number)")
            }
        }
    }

    @Test("a request that comes byte by byte is answered", arguments: ReadinessBackend.allCases)
    func comesInBytes(backend: ReadinessBackend) async throws {
        try await withServer(backend) { _, port in
            let client = try RawClient(port: port)
            for byte
                in "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1;a\r\n!\r\n0\r\n\r\n"
                .utf8
            {
                try await client.send([byte])
            }
            #expect(try await client.response().body == "POST /x hi!")
        }
    }

    struct Closing: CustomTestStringConvertible {
        let request: String
        let connection: String?
        let closes: Bool
        var testDescription: String { request.debugDescription }

        static let all = [
            Closing(request: "GET / HTTP/1.1\r\nHost: a\r\n", connection: nil, closes: false),
            Closing(request: "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", connection: "close", closes: true),
            Closing(request: "GET / HTTP/1.0\r\n", connection: "close", closes: true),
            Closing(request: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n", connection: "keep-alive", closes: false),
        ]
    }

    @Test("the connection ends when one side wants it", arguments: ReadinessBackend.allCases, Closing.all)
    func closes(backend: ReadinessBackend, one: Closing) async throws {
        try await withServer(backend) { _, port in
            let client = try RawClient(port: port)
            try await client.send(one.request + "\r\n")
            let response = try await client.response()
            #expect(response.body == "GET / ")
            #expect(response.header("Connection") == one.connection)
            if one.closes {
                #expect(try await client.waitForEnd() == .end)
            } else {
                try await client.send(one.request + "\r\n")
                #expect(try await client.response().body == "GET / ")
            }
        }
    }

    @Test("HEAD gets the head of what GET would get, also of a stream", arguments: ReadinessBackend.allCases)
    func head(backend: ReadinessBackend) async throws {
        try await withServer(backend) { exchange in
            guard exchange.head.path == "/stream" else { return await greet(exchange) }
            exchange.startStream(status: 200, headers: [.contentType: "text/plain"])
            exchange.write("never seen")
            exchange.finish()
        } _: { _, port in
            let client = try RawClient(port: port)
            try await client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n")
            let whole = try await client.response(hasBody: false)
            #expect(whole.header("Content-Length") == "8")
            try await client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            let stream = try await client.response(hasBody: false)
            #expect(stream.header("Transfer-Encoding") == "chunked")
            try await client.send("GET /y HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().body == "GET /y ")
        }
    }

    @Test("answers that have no body send none", arguments: ReadinessBackend.allCases, [204, 304])
    func noBody(backend: ReadinessBackend, status: Int) async throws {
        try await withServer(backend) { exchange in
            exchange.respond(status: status, body: Array("not to be sent".utf8))
        } _: { _, port in
            let client = try RawClient(port: port)
            for _ in 0..<2 {
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try await client.response()
                #expect(response.status == status)
                #expect(response.header("Content-Length") == nil)
            }
        }
    }

    @Test("100 Continue is sent when the handler wants the body, once", arguments: ReadinessBackend.allCases)
    func continues(backend: ReadinessBackend) async throws {
        let gate = Gate()
        try await withServer(backend) { exchange in
            _ = await pass(gate, on: exchange.loop)
            await greet(exchange)
        } _: { _, port in
            let client = try RawClient(port: port)
            try await client.send("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            #expect(client.received.isEmpty)
            gate.open()
            #expect(try await client.response().status == 100)
            try await client.send("b")
            try await client.send("ody")
            let response = try await client.response()
            #expect(response.status == 200)
            #expect(response.body == "POST /x body")
        }
    }

    @Test("an answer before the body is read ends the connection, whole", arguments: ReadinessBackend.allCases)
    func answersEarly(backend: ReadinessBackend) async throws {
        try await withServer(backend) { exchange in
            exchange.respond(status: 401, body: Array("no".utf8))
            await #expect(throws: Rejection.self) { try await exchange.readBody() }
        } _: { _, port in
            let client = try RawClient(port: port)
            try await client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n")
            try await client.send([UInt8](repeating: 0, count: 2_000_000))
            let response = try await client.response()
            #expect(response.status == 401)
            #expect(response.body == "no")
            #expect(response.header("Connection") == "close")
            #expect(try await client.waitForEnd() == .end)
        }
    }

    @Test(
        "a body that is too large gets 413, which arrives though the caller goes on sending",
        arguments: ReadinessBackend.allCases,
        [true, false]
    )
    func tooLarge(backend: ReadinessBackend, chunked: Bool) async throws {
        let failures = Mutex<[Int]>([])
        try await withServer(backend, limits { $0.maxBody = 100_000 }) { exchange in
            do throws(Rejection) {
                _ = try await exchange.readBody()
            } catch {
                failures.withLock { $0.append(error.status) }
            }
        } _: { server, port in
            let client = try RawClient(port: port)
            let size = 3_000_000
            let framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(size)"
            try await client.send("POST /x HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
            if chunked { try await client.send("\(String(size, radix: 16))\r\n") }
            for _ in 0..<30 { try await client.send([UInt8](repeating: 0, count: 100_000)) }
            let response = try await client.response()
            #expect(response.status == 413)
            #expect(response.body.contains("100000 bytes") || response.body.contains("3000000 bytes"))
            #expect(try await client.waitForEnd() == .end)
            #expect(server.figures.rejections == 1)
            // The handler of a body that is known to be too large is never run.
            #expect(failures.withLock { $0 } == (chunked ? [413] : []))
        }
    }

    @Test("a malformed chunk gets 400 and reaches the handler as an error", arguments: ReadinessBackend.allCases)
    func malformedBody(backend: ReadinessBackend) async throws {
        let status = Mutex(0)
        try await withServer(backend) { exchange in
            do throws(Rejection) {
                _ = try await exchange.readBody()
            } catch {
                status.withLock { $0 = error.status }
            }
        } _: { _, port in
            let client = try RawClient(port: port)
            try await client.send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")
            #expect(try await client.response().status == 400)
            #expect(try await client.waitForEnd() == .end)
            #expect(status.withLock { $0 } == 400)
        }
    }

    @Test("what cannot be read is refused and the connection ended", arguments: ReadinessBackend.allCases)
    func refuses(backend: ReadinessBackend) async throws {
        let configuration = limits {
            $0.rejectionBody = { ("application/json", Array("{\"status\":\($0.status)}".utf8)) }
        }
        try await withServer(backend, configuration) { server, port in
            let client = try RawClient(port: port)
            try await client.send("GET /fine HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/3.0\r\n\r\nGET /never HTTP/1.1\r\n")
            #expect(try await client.response().body == "GET /fine ")
            let refusal = try await client.response()
            #expect(refusal.status == 505)
            #expect(refusal.body == "{\"status\":505}")
            #expect(refusal.header("Content-Type") == "application/json")
            #expect(refusal.header("Connection") == "close")
            #expect(try await client.waitForEnd() == .end)
            #expect(client.received.isEmpty)
        }
    }

    @Test("a handler that returns without an answer gives 500", arguments: ReadinessBackend.allCases)
    func noAnswer(backend: ReadinessBackend) async throws {
        try await withServer(backend) { _ in
        } _: { _, port in
            let client = try RawClient(port: port)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().status == 500)
            #expect(try await client.waitForEnd() == .end)
        }
    }

    @Test("a caller that has ended its side gets the answers to all it asked", arguments: ReadinessBackend.allCases)
    func halfClosed(backend: ReadinessBackend) async throws {
        let gate = Gate()
        try await withServer(backend) { exchange in
            _ = await pass(gate, on: exchange.loop)
            if exchange.head.path == "/2" {
                exchange.respond(status: 200, body: [UInt8](repeating: 65, count: 5_000_000))
            } else {
                await greet(exchange)
            }
        } _: { _, port in
            let client = try RawClient(port: port)
            try await client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /cut HT")
            client.shutDownWriting()
            gate.open()
            #expect(try await client.response().body == "GET /1 ")
            #expect(try await client.response().body.utf8.count == 5_000_000)
            #expect(try await client.waitForEnd() == .end)
            #expect(client.received.isEmpty)
        }
    }
}
