import EventLoop
import HTTPTypes

/// One request and the answer to it. Confined to its connection's loop.
///
/// When the caller leaves, the task that handles the exchange is cancelled and what it still writes is dropped.
public final class Exchange {
    /// The request's head.
    public let head: RequestHead
    /// The caller's address, for the log.
    public let peer: String
    /// The loop of the connection.
    public let loop: EventLoop

    enum Phase {
        case waiting
        case streaming
        case answered
    }

    /// Header fields of whatever answer is given, an error's too; to be set before it begins.
    public var answerHeaders: HTTPFields = [:]

    let signal = Signal()
    var phase = Phase.waiting
    var body: [UInt8] = []
    var bodyIsComplete = false
    var bodyFailure: Rejection?
    private var hasContinued = false
    /// Nil once the exchange is over or the connection gone.
    var connection: Connection?

    init(head: RequestHead, connection: Connection) {
        self.head = head
        self.connection = connection
        peer = connection.peer
        loop = connection.loop
        bodyIsComplete = head.framing == .none || head.framing == .length(0)
    }

    /// Whether the caller is known to have left.
    public var isAbandoned: Bool { connection == nil }

    /// What the server has done and holds; nil if the caller has left.
    public var serverFigures: HTTPServerFigures? { connection?.server.counters.figures }

    /// Waits for the whole body.
    ///
    /// - Throws: `Rejection` if it is too large, malformed or too slow, which has then been answered; or if the caller
    ///   left, the task is cancelled, or the answer has been given.
    public func readBody() async throws(Rejection) -> [UInt8] {
        if !bodyIsComplete && head.expectsContinue && phase == .waiting && !hasContinued {
            hasContinued = true
            connection?.sendContinue()
        }
        while true {
            if let bodyFailure { throw bodyFailure }
            if bodyIsComplete { break }
            guard !isAbandoned, !Task.isCancelled else { throw Rejection(400, "the caller left") }
            guard phase != .answered else { throw Rejection(400, "the request was answered before its body was read") }
            await signal.wait()
        }
        defer { body = [] }
        return body
    }

    /// Answers with a whole body.
    public func respond(status: Int, headers: HTTPFields = [:], body: [UInt8] = []) {
        guard phase == .waiting, let connection else { return }
        phase = .answered
        connection.sendHead(status: status, headers: headers, length: .known(body.count), for: self)
        if head.method != .head && status >= 200 && status != 204 && status != 304 { connection.send(body) }
        connection.answered()
    }

    /// Begins an answer whose body is written piece by piece.
    public func startStream(status: Int, headers: HTTPFields) {
        guard phase == .waiting, let connection else { return }
        phase = .streaming
        connection.sendHead(status: status, headers: headers, length: .open, for: self)
        if head.method == .head { finish() }
    }

    /// Appends to the stream; the pieces of one turn of the loop leave in one write.
    public func write(_ build: (inout [UInt8]) -> Void) {
        guard phase == .streaming, let connection else { return }
        connection.writeStream(build)
    }

    /// Waits while more than the configured number of bytes wait to be taken by the caller.
    ///
    /// - Returns: false if the caller has left or the task is cancelled.
    public func drained() async -> Bool {
        while let connection, connection.isCongested, !Task.isCancelled {
            await signal.wait()
        }
        return !isAbandoned && !Task.isCancelled
    }

    /// Ends the stream.
    public func finish() {
        guard phase == .streaming, let connection else { return }
        phase = .answered
        connection.endStream()
        connection.answered()
    }

    /// Cuts the stream so that the caller sees that it is not whole.
    public func abort() {
        guard phase == .streaming else { return }
        connection?.cut()
        phase = .answered
    }
}
