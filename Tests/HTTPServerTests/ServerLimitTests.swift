import EventLoop
import HTTPServer
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite("Limits, load and the end of a server")
struct ServerLimitTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("a head that does not come in time gets 408, however its bytes drip", arguments: ReadinessBackend.allCases)
    func slowHead(backend: ReadinessBackend) async throws {
        try await withServer(backend, limits { $0.headTimeout = .milliseconds(100) }) { _, port in
            let client = try RawClient(port: port)
            let start = ContinuousClock.now
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n")
            while client.received.isEmpty && client.ending == nil && ContinuousClock.now - start < .seconds(20) {
                _ = client.sendSome(Array("X: a\r\n".utf8)[...])
                try await Task.sleep(for: .milliseconds(10))
                client.receive()
            }
            #expect(try await client.response().status == 408)
            #expect(ContinuousClock.now - start >= .milliseconds(100))
            #expect(try await client.waitForEnd() == .end)
        }
    }

    @Test("a connection that sends nothing is closed without a word", arguments: ReadinessBackend.allCases)
    func silent(backend: ReadinessBackend) async throws {
        try await withServer(backend, limits { $0.headTimeout = .milliseconds(50) }) { _, port in
            let client = try RawClient(port: port)
            #expect(try await client.waitForEnd() == .end)
            #expect(client.received.isEmpty)
        }
    }

    @Test("a body that pauses too long gets 408 and fails in the handler", arguments: ReadinessBackend.allCases)
    func slowBody(backend: ReadinessBackend) async throws {
        let status = Mutex(0)
        try await withServer(backend, limits { $0.bodyTimeout = .milliseconds(50) }) { exchange in
            do throws(Rejection) {
                _ = try await exchange.readBody()
            } catch {
                status.withLock { $0 = error.status }
            }
        } _: { _, port in
            let client = try RawClient(port: port)
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
            #expect(try await client.response().status == 408)
            #expect(try await client.waitForEnd() == .end)
            #expect(status.withLock { $0 } == 408)
        }
    }

    @Test("an idle connection is closed, a stream at rest is not", arguments: ReadinessBackend.allCases)
    func idle(backend: ReadinessBackend) async throws {
        let gate = Gate()
        let configuration = limits {
            $0.idleTimeout = .milliseconds(50)
            $0.headTimeout = .milliseconds(50)
            $0.bodyTimeout = .milliseconds(50)
        }
        try await withServer(backend, configuration) { exchange in
            guard exchange.head.path == "/stream" else { return await greet(exchange) }
            exchange.startStream(status: 200, headers: [:])
            exchange.write("begun")
            _ = await pass(gate, on: exchange.loop)
            exchange.finish()
        } _: { _, port in
            let stream = try RawClient(port: port)
            try await stream.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            try await stream.waitFor("begun")
            let idle = try RawClient(port: port)
            try await idle.send(Self.get)
            #expect(try await idle.response().status == 200)
            #expect(try await idle.waitForEnd() == .end)
            #expect(idle.received.isEmpty)
            gate.open()
            #expect(try await stream.response().isWhole)
        }
    }

    @Test("a reader that takes nothing for too long is closed", arguments: ReadinessBackend.allCases)
    func stalls(backend: ReadinessBackend) async throws {
        let cancelled = Gate()
        let piece = [UInt8](repeating: 65, count: 30_000)
        try await withServer(backend, limits { $0.stallTimeout = .milliseconds(50) }) { exchange in
            exchange.startStream(status: 200, headers: [:])
            while await exchange.drained() {
                exchange.write { $0.append(contentsOf: piece) }
            }
            cancelled.open()
        } _: { server, port in
            let client = try RawClient(port: port, receiveBuffer: 8192)
            try await client.send(Self.get)
            try await eventually("the writer is told") { cancelled.isOpen }
            #expect(server.figures.openConnections == 0)
        }
    }

    @Test(
        "one connection too many gets 503, and a place that becomes free is given",
        arguments: ReadinessBackend.allCases
    )
    func tooMany(backend: ReadinessBackend) async throws {
        try await withServer(backend, limits { $0.maxConnections = 2 }) { server, port in
            let clients = [try RawClient(port: port), try RawClient(port: port)]
            for client in clients {
                try await client.send(Self.get)
                #expect(try await client.response().status == 200)
            }
            let third = try RawClient(port: port)
            try await third.send(Self.get)
            let refusal = try await third.response()
            #expect(refusal.status == 503)
            #expect(refusal.header("Retry-After") == "1")
            #expect(refusal.body == "too many connections are open: try again in a second\n")
            #expect(try await third.waitForEnd() == .end)
            third.close()
            clients[0].close()
            try await eventually("both are gone") { server.figures.openConnections == 1 }
            let fourth = try RawClient(port: port)
            try await fourth.send(Self.get)
            #expect(try await fourth.response().status == 200)
        }
    }

    @Test(
        "shutting down refuses new callers, closes idle ones, and lets a stream end",
        arguments: ReadinessBackend.allCases
    )
    func drains(backend: ReadinessBackend) async throws {
        let gate = Gate()
        try await withServer(backend) { exchange in
            guard exchange.head.path == "/stream" else { return await greet(exchange) }
            exchange.startStream(status: 200, headers: [:])
            exchange.write("begun")
            _ = await pass(gate, on: exchange.loop)
            exchange.finish()
        } _: { server, port in
            let stream = try RawClient(port: port)
            try await stream.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            try await stream.waitFor("begun")
            let idle = try RawClient(port: port)
            try await idle.send(Self.get)
            #expect(try await idle.response().status == 200)
            let isDown = Gate()
            async let down: Void = {
                await server.shutDown(grace: .seconds(60))
                isDown.open()
            }()
            #expect(try await idle.waitForEnd() == .end)
            try await eventually("nobody listens") { (try? RawClient(port: port)) == nil }
            #expect(!isDown.isOpen)
            gate.open()
            #expect(try await stream.response().isWhole)
            #expect(try await stream.waitForEnd() == .end)
            await down
        }
    }

    @Test("after the grace, handlers are cancelled and connections closed", arguments: ReadinessBackend.allCases)
    func drainsInTime(backend: ReadinessBackend) async throws {
        let (started, cancelled) = (Gate(), Gate())
        try await withServer(backend) { exchange in
            exchange.startStream(status: 200, headers: [:])
            started.open()
            if await !pass(Gate(), on: exchange.loop) { cancelled.open() }
        } _: { server, port in
            let client = try RawClient(port: port)
            try await client.send(Self.get)
            try await eventually("the stream runs") { started.isOpen }
            await server.shutDown(grace: .milliseconds(20))
            try await eventually("the handler is cancelled") { cancelled.isOpen }
            #expect(try await client.response().isWhole == false)
            #expect(server.figures.openConnections == 0)
        }
    }

    @Test("a caller of shutDown that is cancelled waits no longer", arguments: ReadinessBackend.allCases)
    func shutDownCancels(backend: ReadinessBackend) async throws {
        let started = Gate()
        try await withServer(backend) { exchange in
            exchange.startStream(status: 200, headers: [:])
            started.open()
            _ = await pass(Gate(), on: exchange.loop)
        } _: { server, port in
            let client = try RawClient(port: port)
            try await client.send(Self.get)
            try await eventually("the stream runs") { started.isOpen }
            let down = Task { await server.shutDown(grace: .seconds(3600)) }
            try await eventually("nobody listens") { (try? RawClient(port: port)) == nil }
            down.cancel()
            await down.value
        }
    }

    @Test(
        "thousands of requests, one after the other and at once, leave nothing open",
        arguments: ReadinessBackend.allCases
    )
    func many(backend: ReadinessBackend) async throws {
        try await withServer(backend) { server, port in
            let before = openSockets(local: port)
            let one = try RawClient(port: port)
            for number in 0..<1000 {
                try await one.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await one.response().body == "GET /\(number) ")
            }
            for number in 0..<1000 {
                let client = try RawClient(port: port)
                try await client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                #expect(try await client.response().body == "GET /\(number) ")
                // Some leave at once, some see the end.
                if number % 2 == 0 { try await client.waitForEnd() }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let client = try RawClient(port: port)
                        try await client.send("POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n")
                        try await client.send("abc")
                        let response = try await client.response()
                        #expect(response.body == "POST /\(number) abc")
                    }
                }
                try await group.waitForAll()
            }
            one.close()
            try await eventually("all connections are closed") { server.figures.openConnections == 0 }
            try await eventually("all descriptors are closed") { openSockets(local: port) == before }
        }
    }

    @Test("a port that is taken is refused in words", arguments: ReadinessBackend.allCases)
    func portTaken(backend: ReadinessBackend) async throws {
        try await withServer(backend) { server, port in
            let error = await #expect(throws: ListenError.self) {
                try await server.listen(on: ListenAddress(host: "127.0.0.1", port: port))
            }
            #expect(error?.description.hasPrefix("cannot listen on 127.0.0.1:\(port): ") == true)
        }
    }
}
