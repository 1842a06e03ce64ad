import EventLoop
import HTTPTypes

/// One caller's socket: reads requests, runs the handler for one at a time, writes answers. Confined to its loop.
final class Connection: ReadinessWatcher, TurnEnding {
    let loop: EventLoop
    let peer: String
    private let descriptor: Int32
    private let server: ServerLoop
    private var configuration: HTTPServerConfiguration { server.configuration }

    private(set) var isClosed = false
    private var inputEnded = false
    private var input: [UInt8] = []
    private var parser: RequestHeadParser
    private var chunks: ChunkedDecoder?
    private var exchange: Exchange?
    private var handling: Task<Void, Never>?
    private var requestsSeen = 0

    private var output = OutputBuffer()
    private var asksForFlush = false
    private var canWrite = true
    private var closesWhenSent = false
    private var isLingering = false

    private var deadline: (time: UInt64, action: DeadlineAction)?
    private var alarm: LoopTimer?
    private var alarmTime: UInt64 = 0

    private enum DeadlineAction {
        case close
        case rejectHead
        case rejectBody
    }

    /// How many bytes of a following request are kept while one is being answered.
    private static let pipelineLimit = 64 * 1024

    init(descriptor: Int32, peer: String, server: ServerLoop) {
        self.descriptor = descriptor
        self.peer = peer
        self.server = server
        loop = server.loop
        parser = RequestHeadParser(configuration: server.configuration)
    }

    func open() throws(EventLoopError) {
        try loop.watch(descriptor, for: .read, trigger: .edge, self)
        setDeadline(configuration.headTimeout, .close)
    }

    // MARK: Reading

    func ready(_ events: ReadyEvents) {
        if events.contains(.writable) {
            canWrite = true
            if output.hasBytes { flush() }
        }
        if events.contains(.readable) { readAll() }
        if events.contains(.hangup), !isClosed, exchange?.phase == .streaming { peerLeft() }
    }

    private func readAll() {
        while !isClosed && !inputEnded {
            if exchange != nil && bodyIsComplete && input.count >= Connection.pipelineLimit {
                loop.setInterest(output.hasBytes ? .write : [], of: descriptor)
                return
            }
            switch readSocket(descriptor, into: loop.scratch) {
            case .bytes(let count):
                received(UnsafeRawBufferPointer(rebasing: loop.scratch[..<count]))
            case .wouldBlock:
                return
            case .end:
                inputEnded = true
                ended()
            case .failed:
                peerLeft()
            }
        }
    }

    private func received(_ bytes: UnsafeRawBufferPointer) {
        if isLingering { return }
        if input.isEmpty {
            let used = consume(bytes)
            input.append(contentsOf: bytes[used...])
        } else {
            input.append(contentsOf: bytes)
            consumeInput()
        }
    }

    private func consumeInput() {
        let used = input.withUnsafeBytes { consume($0) }
        if used == input.count {
            input.removeAll(keepingCapacity: false)
        } else if used > 0 {
            input.removeFirst(used)
        }
    }

    /// Reads as much of `bytes` as can be read now.
    private func consume(_ bytes: UnsafeRawBufferPointer) -> Int {
        var used = 0
        do {
            while used < bytes.count && !isClosed && !closesWhenSent {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
                if let exchange {
                    if exchange.bodyIsComplete { break }
                    used += try readBody(of: exchange, rest)
                } else {
                    if requestsSeen > 0 || used == 0 { setDeadline(configuration.headTimeout, .rejectHead) }
                    guard let (head, length) = try parser.parse(rest) else { break }
                    used += length
                    begin(head)
                }
            }
        } catch {
            reject(error)
            return bytes.count
        }
        return used
    }

    private var bodyIsComplete: Bool { exchange?.bodyIsComplete ?? true }

    private func begin(_ head: RequestHead) {
        parser = RequestHeadParser(configuration: configuration)
        requestsSeen += 1
        let exchange = Exchange(head: head, connection: self)
        self.exchange = exchange
        chunks = head.framing == .chunked ? ChunkedDecoder() : nil
        if exchange.bodyIsComplete { clearDeadline() } else { setDeadline(configuration.bodyTimeout, .rejectBody) }
        let bound = LoopBound((exchange, self), on: loop)
        let handler = server.handler
        handling = loop.spawn {
            await handler(bound.value.0)
            bound.value.1.handled(bound.value.0)
        }
    }

    private func readBody(of exchange: Exchange, _ bytes: UnsafeRawBufferPointer) throws(Rejection) -> Int {
        var used: Int
        if chunks != nil {
            used = try chunks?.decode(bytes, into: &exchange.body) ?? 0
            exchange.bodyIsComplete = chunks?.isDone ?? true
            guard exchange.body.count <= configuration.maxBody else {
                throw Rejection(413, "the body is longer than \(configuration.maxBody) bytes")
            }
        } else {
            guard case .length(let length) = exchange.head.framing else { return 0 }
            used = min(length - exchange.body.count, bytes.count)
            exchange.body.append(contentsOf: bytes[..<used])
            exchange.bodyIsComplete = exchange.body.count == length
        }
        if exchange.bodyIsComplete {
            clearDeadline()
            exchange.signal.raise()
        } else {
            setDeadline(configuration.bodyTimeout, .rejectBody)
        }
        return used
    }

    /// Answers a request that cannot be handled; the connection cannot be used after it.
    private func reject(_ rejection: Rejection) {
        server.count(rejection)
        guard !isClosed, !closesWhenSent else { return }
        if let exchange {
            exchange.bodyFailure = rejection
            exchange.signal.raise()
            guard exchange.phase == .waiting else { return close() }
        }
        let refused = exchange ?? Exchange(head: .unreadable, connection: self)
        exchange = refused
        let (type, body) = configuration.rejectionBody(rejection)
        closesWhenSent = true
        refused.respond(status: rejection.status, headers: [.contentType: type], body: body)
    }

    /// The caller will send no more. What it asked in full is still answered, but a stream has lost its reader.
    private func ended() {
        guard let exchange else { return close() }
        if !exchange.bodyIsComplete || exchange.phase == .streaming { peerLeft() }
    }

    private func peerLeft() {
        close()
    }

    // MARK: Writing

    enum BodyLength {
        case known(Int)
        case open
    }

    func sendContinue() {
        output.append("HTTP/1.1 100 Continue\r\n\r\n")
        askForFlush()
    }

    func sendHead(status: Int, headers: HTTPFields, length: BodyLength, for exchange: Exchange) {
        guard !isClosed else { return }
        let keeps = exchange.head.keepsAlive && exchange.bodyIsComplete && !server.isDraining && !closesWhenSent
        if !keeps || (exchange.head.isHTTP11 == false && length.isOpen) { closesWhenSent = true }
        output.append("HTTP/1.1 \(status) \(HTTPResponse.Status(code: status).reasonPhrase)\r\n")
        for field in headers { output.append("\(field.name.rawName): \(field.value)\r\n") }
        switch length {
        case .known(let count):
            if status >= 200 && status != 204 && status != 304 { output.append("Content-Length: \(count)\r\n") }
        case .open:
            if exchange.head.isHTTP11 {
                output.append("Transfer-Encoding: chunked\r\n")
                output.isChunked = true
            }
        }
        if closesWhenSent {
            output.append("Connection: close\r\n")
        } else if !exchange.head.isHTTP11 {
            output.append("Connection: keep-alive\r\n")
        }
        output.append(server.dateLine())
        output.append("\r\n")
        askForFlush()
        // A caller that has ended its side cannot be told from one that left: no stream is begun for it.
        if inputEnded && length.isOpen { loop.execute { [bound = LoopBound(self, on: loop)] in bound.value.peerLeft() } }
    }

    func send(_ bytes: [UInt8]) {
        guard !isClosed else { return }
        output.append(bytes)
        askForFlush()
    }

    func writeStream(_ build: (inout [UInt8]) -> Void) {
        guard !isClosed else { return }
        output.writeBody(build)
        if output.count > OutputBuffer.earlyFlush { flush() } else { askForFlush() }
    }

    func endStream() {
        output.endBody()
        askForFlush()
    }

    var isCongested: Bool { output.count > configuration.highWater }

    private func askForFlush() {
        guard !asksForFlush, !isClosed else { return }
        asksForFlush = true
        loop.atFlush(self)
    }

    func turnEnded() {
        asksForFlush = false
        flush()
    }

    private func flush() {
        guard !isClosed, canWrite else { return }
        let wasCongested = isCongested
        let before = output.count
        switch output.send(to: descriptor) {
        case .sentAll:
            if (exchange == nil && input.isEmpty) || exchange?.phase == .streaming { restDeadline() }
            if closesWhenSent && exchange == nil { linger() }
        case .wouldBlock:
            canWrite = false
            loop.setInterest([.read, .write], of: descriptor)
            if output.count < before || deadline == nil { setDeadline(configuration.stallTimeout, .close) }
        case .failed:
            peerLeft()
        }
        if wasCongested && !isCongested { exchange?.signal.raise() }
    }

    /// What may time out once everything has been sent: nothing in a stream, idleness between requests.
    private func restDeadline() {
        loop.setInterest(.read, of: descriptor)
        if exchange == nil { setDeadline(configuration.idleTimeout, .close) } else { clearDeadline() }
    }

    // MARK: After the answer

    func answered() {
        guard let exchange, exchange.phase == .answered, handling == nil else { return }
        finishExchange()
    }

    private func handled(_ exchange: Exchange) {
        guard exchange === self.exchange else { return }
        handling = nil
        switch exchange.phase {
        case .answered: finishExchange()
        case .streaming: exchange.abort()
        case .waiting: isClosed ? finishExchange() : reject(Rejection(500, "the request was not answered"))
        }
    }

    private func finishExchange() {
        exchange?.connection = nil
        exchange = nil
        chunks = nil
        output.isChunked = false
        guard !isClosed else { return }
        askForFlush()
        if closesWhenSent { return }
        if inputEnded && input.isEmpty {
            closesWhenSent = true
            return
        }
        if server.isDraining && input.isEmpty {
            closesWhenSent = true
            return
        }
        setDeadline(configuration.idleTimeout, .close)
        loop.setInterest(.read, of: descriptor)
        // What was pipelined behind the answered request, and what waited unread while that was enough.
        loop.execute { [bound = LoopBound(self, on: loop)] in
            bound.value.consumeInput()
            bound.value.readAll()
        }
    }

    /// Sends the end and waits a little for the caller's: a close with unread input would destroy the answer.
    private func linger() {
        guard !isLingering else { return }
        if inputEnded { return close() }
        isLingering = true
        input = []
        shutDownWriting(descriptor)
        setDeadline(.seconds(2), .close)
        loop.setInterest(.read, of: descriptor)
        readAll()
    }

    // MARK: Ending

    /// Ends the connection when its answer is out; at once if there is none.
    func drain() {
        if exchange == nil && !output.hasBytes { close() } else if exchange == nil { closesWhenSent = true }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        alarm?.cancel()
        handling?.cancel()
        exchange?.connection = nil
        exchange?.signal.raise()
        output = OutputBuffer()
        input = []
        loop.unwatch(descriptor, closing: true)
        server.closed(self)
    }

    private func setDeadline(_ delay: Duration, _ action: DeadlineAction) {
        if action == .rejectHead, deadline?.action == .rejectHead { return }
        let time = loop.now &+ delay.nanosecondsClamped
        deadline = (time, action)
        if alarm?.isPending == true && alarmTime <= time { return }
        setAlarm(time)
    }

    private func clearDeadline() { deadline = nil }

    /// An alarm that comes too early sets itself anew: a deadline moves with every request, a timer seldom.
    private func setAlarm(_ time: UInt64) {
        alarm?.cancel()
        alarmTime = time
        let now = loop.now
        alarm = loop.schedule(after: .nanoseconds(Int64(clamping: time - min(now, time)))) { [weak self] in
            guard let self, !isClosed, let deadline else { return }
            if deadline.time > loop.now { return setAlarm(deadline.time) }
            self.deadline = nil
            switch deadline.action {
            case .close: close()
            case .rejectHead: reject(Rejection(408, "the request's head did not come in time"))
            case .rejectBody: reject(Rejection(408, "the request's body did not come in time"))
            }
        }
    }
}

extension Connection.BodyLength {
    fileprivate var isOpen: Bool {
        if case .open = self { return true }
        return false
    }
}

extension RequestHead {
    /// Stands for a request that could not be read.
    fileprivate static let unreadable = RequestHead(
        method: .get, path: "", query: nil, headers: [.connection: "close"], isHTTP11: true, framing: .none)
}
