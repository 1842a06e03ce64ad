import EventLoop
import HTTPServer
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite("Streams")
struct StreamTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test(
        "each piece arrives when it is written, and those of one turn as one chunk",
        arguments: ReadinessBackend.allCases
    )
    func piecesArrive(backend: ReadinessBackend) async throws {
        let gates = [Gate(), Gate()]
        try await withServer(backend) { exchange in
            exchange.startStream(status: 200, headers: [.contentType: "text/event-stream"])
            exchange.write("one ")
            exchange.write("two")
            _ = await pass(gates[0], on: exchange.loop)
            exchange.write("three")
            exchange.write("")
            _ = await pass(gates[1], on: exchange.loop)
            exchange.finish()
        } _: { _, port in
            let client = try RawClient(port: port)
            try await client.send(Self.get)
            try await client.waitFor("\r\n\r\n00000007\r\none two\r\n")
            gates[0].open()
            try await client.waitFor("00000005\r\nthree\r\n")
            gates[1].open()
            let response = try await client.response()
            #expect(response.body == "one twothree")
            #expect(response.isWhole)
            // The connection is as good as new.
            try await client.send(Self.get)
            #expect(try await client.response().isWhole)
        }
    }

    @Test("an HTTP/1.0 caller gets the plain bytes until the end", arguments: ReadinessBackend.allCases, [true, false])
    func http10(backend: ReadinessBackend, isWhole: Bool) async throws {
        try await withServer(backend) { exchange in
            exchange.startStream(status: 200, headers: [:])
            exchange.write("one ")
            guard isWhole else { return exchange.abort() }
            try? await exchange.loop.sleep(for: .milliseconds(1))
            exchange.write("two")
            exchange.finish()
        } _: { _, port in
            let client = try RawClient(port: port)
            try await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            if isWhole {
                let response = try await client.response()
                #expect(response.body == "one two")
                #expect(response.header("Transfer-Encoding") == nil)
                #expect(response.header("Connection") == "close")
                #expect(response.isWhole)
            } else {
                #expect(try await client.waitForEnd() == .reset)
            }
        }
    }

    @Test("a stream that is cut shows it, with what came before", arguments: ReadinessBackend.allCases, [true, false])
    func aborts(backend: ReadinessBackend, byReturning: Bool) async throws {
        try await withServer(backend) { exchange in
            exchange.startStream(status: 200, headers: [:])
            exchange.write("half of ")
            if !byReturning { exchange.abort() }
        } _: { _, port in
            let client = try RawClient(port: port)
            try await client.send(Self.get)
            let response = try await client.response()
            #expect(response.body == "half of ")
            #expect(!response.isWhole)
        }
    }

    enum Leaving: CaseIterable {
        case closing
        case resetting
        case endingOneSide
    }

    @Test("a caller that leaves a stream cancels its handler", arguments: ReadinessBackend.allCases, Leaving.allCases)
    func leavesStream(backend: ReadinessBackend, way: Leaving) async throws {
        let started = Gate()
        let cancelled = Gate()
        try await withServer(backend) { exchange in
            exchange.startStream(status: 200, headers: [:])
            exchange.write("x")
            started.open()
            if await !pass(Gate(), on: exchange.loop), exchange.isAbandoned { cancelled.open() }
            exchange.write("into the void")
            #expect(await exchange.drained() == false)
            exchange.finish()
        } _: { server, port in
            let client = try RawClient(port: port)
            try await client.send(Self.get)
            try await eventually("the stream starts") { started.isOpen }
            switch way {
            case .closing: client.close()
            case .resetting: client.reset()
            case .endingOneSide: client.shutDownWriting()
            }
            try await eventually("the handler is cancelled") { cancelled.isOpen }
            try await eventually("the connection is gone") { server.figures.openConnections == 0 }
        }
    }

    @Test(
        "a caller that left before the stream started cancels its handler when it starts",
        arguments: ReadinessBackend.allCases
    )
    func leavesBeforeStream(backend: ReadinessBackend) async throws {
        let (started, left, cancelled) = (Gate(), Gate(), Gate())
        try await withServer(backend) { exchange in
            started.open()
            _ = await pass(left, on: exchange.loop)
            // An ended sending side alone is no reason to stop: the answer may still be wanted.
            try? await exchange.loop.sleep(for: .milliseconds(5))
            #expect(!Task.isCancelled)
            exchange.startStream(status: 200, headers: [:])
            if await !pass(Gate(), on: exchange.loop) { cancelled.open() }
        } _: { _, port in
            let client = try RawClient(port: port)
            try await client.send(Self.get)
            try await eventually("the handler runs") { started.isOpen }
            client.shutDownWriting()
            left.open()
            try await eventually("the handler is cancelled") { cancelled.isOpen }
        }
    }

    @Test("a reset cancels also a handler that has not begun to answer", arguments: ReadinessBackend.allCases)
    func resetsBeforeAnswer(backend: ReadinessBackend) async throws {
        let (started, cancelled) = (Gate(), Gate())
        try await withServer(backend) { exchange in
            started.open()
            if await !pass(Gate(), on: exchange.loop) { cancelled.open() }
        } _: { _, port in
            let client = try RawClient(port: port)
            try await client.send(Self.get)
            try await eventually("the handler runs") { started.isOpen }
            client.reset()
            try await eventually("the handler is cancelled") { cancelled.isOpen }
        }
    }

    @Test("a caller that leaves in its body ends the wait for it", arguments: ReadinessBackend.allCases)
    func leavesInBody(backend: ReadinessBackend) async throws {
        let (started, failed) = (Gate(), Gate())
        try await withServer(backend) { exchange in
            started.open()
            await #expect(throws: Rejection.self) { try await exchange.readBody() }
            failed.open()
        } _: { _, port in
            let client = try RawClient(port: port)
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
            try await eventually("the handler runs") { started.isOpen }
            client.close()
            try await eventually("the body fails") { failed.isOpen }
        }
    }

    @Test("a slow reader holds the writer back, and gets every byte", arguments: ReadinessBackend.allCases)
    func slowReader(backend: ReadinessBackend) async throws {
        let written = Mutex(0)
        let piece = [UInt8](repeating: 66, count: 10_000)
        let count = 2000
        try await withServer(backend) { exchange in
            exchange.startStream(status: 200, headers: [:])
            for _ in 0..<count {
                exchange.write { $0.append(contentsOf: piece) }
                written.withLock { $0 += piece.count }
                guard await exchange.drained() else { return }
            }
            exchange.finish()
        } _: { server, port in
            let client = try RawClient(port: port, receiveBuffer: 8192)
            try await client.send(Self.get)
            // It stops by itself, far from the end: what is written then is in the kernel's buffers or within the limit.
            var last = -1
            try await eventually("the writer waits") {
                try await Task.sleep(for: .milliseconds(20))
                defer { last = written.withLock { $0 } }
                return last > 0 && last == written.withLock { $0 }
            }
            #expect(last < 10_000_000)
            let response = try await client.response()
            #expect(response.body.utf8.count == count * piece.count)
            #expect(response.isWhole)
        }
    }

    @Test("two streams on one loop do not wait for each other", arguments: ReadinessBackend.allCases)
    func interleaves(backend: ReadinessBackend) async throws {
        let gate = Gate()
        try await withServer(backend, loops: 1) { exchange in
            exchange.startStream(status: 200, headers: [:])
            exchange.write("started")
            _ = await pass(gate, on: exchange.loop)
            exchange.finish()
        } _: { _, port in
            let clients = try (0..<20).map { _ in try RawClient(port: port) }
            for client in clients { try await client.send(Self.get) }
            for client in clients { try await client.waitFor("started") }
            gate.open()
            for client in clients { #expect(try await client.response().isWhole) }
        }
    }
}
