#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A request and the means to answer it. Confined to the thread of its connection; every call blocks that thread.
public final class ScriptedExchange {
    /// What the peer asked for.
    public let request: RecordedRequest

    let socket: ScriptedSocket
    private var isChunking = false
    private(set) var isClosed = false

    init(request: RecordedRequest, socket: ScriptedSocket) {
        self.request = request
        self.socket = socket
    }

    /// Does one step after the other.
    public func run(_ steps: [ScriptedStep]) throws {
        for step in steps {
            switch step {
            case .respond(let status, let headers): try respond(status, headers)
            case .answer(let status, let headers, let body): try answer(status, headers, body)
            case .chunk(let bytes): try chunk(bytes)
            case .raw(let bytes): try socket.send(bytes)
            case .wait(let gate): try wait(for: gate)
            case .end: try end()
            case .close: close()
            case .reset: reset()
            case .hang: try hang()
            }
        }
    }

    /// Sends the head of a response whose body is chunked.
    public func respond(_ status: Int = 200, _ headers: [String: String] = [:]) throws {
        isChunking = true
        try socket.send(head(status, headers.merging(["Transfer-Encoding": "chunked"]) { mine, _ in mine }))
    }

    /// Sends a whole response with a `Content-Length`.
    public func answer(_ status: Int = 200, _ headers: [String: String] = [:], _ body: String) throws {
        let length = ["Content-Length": "\(body.utf8.count)"]
        try socket.send(head(status, headers.merging(length) { mine, _ in mine }) + Array(body.utf8))
    }

    /// Sends one chunk of the body.
    public func chunk(_ bytes: [UInt8]) throws {
        try socket.send(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
    }

    /// Sends one chunk of text.
    public func chunk(_ text: String) throws { try chunk(Array(text.utf8)) }

    /// Sends bytes as they are.
    public func raw(_ bytes: [UInt8]) throws { try socket.send(bytes) }

    /// Waits until the test opens `gate`. Throws if the peer closes before.
    public func wait(for gate: Gate) throws { try socket.wait { gate.isOpen } }

    /// Ends the chunked body.
    public func end() throws {
        guard isChunking, !isClosed else { return }
        isChunking = false
        try socket.send(Array("0\r\n\r\n".utf8))
    }

    /// Closes the connection, whatever state the response is in.
    public func close() {
        isClosed = true
        socket.shutdown()
    }

    /// Resets the connection: the peer sees ECONNRESET.
    public func reset() {
        isClosed = true
        socket.resetOnClose()
    }

    /// Says nothing until the peer closes or the upstream is stopped.
    public func hang() throws { try socket.wait { false } }

    private func head(_ status: Int, _ headers: [String: String]) -> [UInt8] {
        let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }
        return Array("HTTP/1.1 \(status) Scripted\r\n\(lines.joined())\r\n".utf8)
    }
}
