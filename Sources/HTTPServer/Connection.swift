import EventLoop
import HTTPTypes

/// One caller's socket: reads requests, runs the handler for one at a time, writes answers. Confined to its loop.
final class Connection: ReadinessWatcher, TurnEnding {
    let loop: EventLoop
    let peer: String
    private let descriptor: Int32
    private var transport: Transport
    private let server: ServerLoop
    private var configuration: HTTPServerConfiguration { server.configuration }

    private(set) var isClosed = false
    private var isShakingHands: Bool
    private var inputEnded = false
    private var input: [UInt8] = []
    private var parser: RequestHeadParser
    private var chunks: ChunkedDecoder?
    private var exchange: Exchange?
    private var handling: Task<Void, Never>?

    private var output = OutputBuffer()
    private var asksForFlush = false
    private var canWrite = true
    private var closesWhenSent = false
    private var isLingering = false
    private var owesEnd = false
    private var lingerEnd: UInt64 = 0
    private var readsAgain = false
    /// Whether the socket has told of input that has not been read to its end: nobody tells of it again.
    private var hasUnreadInput = false
    /// Whether the socket has told of its end, which stands behind the input.
    private var hasHungUp = false

    private lazy var clock = ConnectionClock(loop: loop) { [weak self] in self?.expired($0) }

    /// How many bytes of a following request are kept while one is being answered.
    private static let pipelineLimit = 64 * 1024
    /// How many times the socket is read before the others on the loop get their turn.
    private static let readsPerTurn = 16

    init(descriptor: Int32, transport: Transport, peer: String, server: ServerLoop) {
        self.descriptor = descriptor
        self.transport = transport
        isShakingHands = transport.isSecure
        self.peer = peer
        self.server = server
        loop = server.loop
        parser = RequestHeadParser(configuration: server.configuration)
    }

    func open() throws(EventLoopError) {
        try loop.watch(descriptor, for: .read, trigger: .edge, self)
        if isShakingHands {
            clock.set(.handshake, configuration.handshakeTimeout)
        } else {
            clock.set(.firstByte, configuration.headTimeout)
        }
    }

    /// What a caller gets for whom there is no room.
    static let refusal =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    /// Answers 503 without reading the request.
    func refuse() {
        output.append(Connection.refusal)
        closesWhenSent = true
        askForFlush()
    }

    // MARK: Reading

    func ready(_ events: ReadyEvents) {
        if isShakingHands { return shakeHands() }
        if events.contains(.writable) || transport.writeWaitsForBytes {
            canWrite = true
            if output.hasBytes || owesEnd { flush() }
            if canWrite { updateInterest() }
        }
        if events.contains(.readable) || transport.readWaitsForRoom {
            hasUnreadInput = true
            if events.contains(.hangup) { hasHungUp = true }
            readAll()
        }
        if events.contains(.hangup), !isClosed, exchange?.phase == .streaming { peerLeft() }
    }

    private func shakeHands() {
        guard !isClosed, case .secure(let session) = transport else { return }
        switch session.handshake() {
        case .done:
            isShakingHands = false
            canWrite = true
            clock.set(.firstByte, configuration.headTimeout)
            updateInterest()
            if output.hasBytes { flush() }
            hasUnreadInput = true
            readAll()
        case .wantsBytes:
            canWrite = true
            updateInterest()
        case .wantsRoom:
            canWrite = false
            updateInterest()
        case .plainHTTP:
            goOnPlain()
            reject(Rejection(400, "this port speaks TLS: call it by https://"))
        case .failed(let reason):
            server.logger.debug("TLS handshake failed", metadata: ["peer": "\(peer)", "reason": "\(reason)"])
            // OpenSSL has sent its alert, which a close with unread input would destroy.
            goOnPlain()
            closesWhenSent = true
            linger()
        }
    }

    /// What is still said to a caller with whom no handshake is possible is said without TLS.
    private func goOnPlain() {
        isShakingHands = false
        hasUnreadInput = true
        transport = .plain
        canWrite = true
        output = OutputBuffer()
    }

    private func readAll() {
        var reads = 0
        while hasUnreadInput && !isClosed && !inputEnded && !isReadingPaused {
            guard reads < Connection.readsPerTurn else { return readLater() }
            reads += 1
            switch transport.read(descriptor, into: loop.scratch) {
            case .bytes(let count):
                // A read that leaves room was all that there is; what comes after it is told of anew. TLS gives a
                // record at a time.
                hasUnreadInput = hasHungUp || transport.isSecure || count == loop.scratch.count
                received(UnsafeRawBufferPointer(rebasing: loop.scratch[..<count]))
            case .wouldBlock:
                hasUnreadInput = false
                if transport.readWaitsForRoom { updateInterest() }
                return
            case .end:
                inputEnded = true
                updateInterest()
                ended()
            case .failed:
                peerLeft()
            }
        }
        if isReadingPaused { updateInterest() }
    }

    private func readLater() {
        guard !readsAgain else { return }
        readsAgain = true
        loop.execute { [bound = LoopBound(self, on: loop)] in
            bound.value.readsAgain = false
            bound.value.readAll()
        }
    }

    /// Enough of the next requests has come while one is being answered.
    private var isReadingPaused: Bool {
        exchange != nil && bodyIsComplete && !discardsInput && input.count >= Connection.pipelineLimit
    }

    /// Nothing that comes now will be answered.
    private var discardsInput: Bool {
        isLingering || closesWhenSent && exchange?.phase != .waiting && exchange?.phase != .streaming
    }

    /// Tells the loop what to watch for; costs a system call only where the socket is not edge-triggered.
    private func updateInterest() {
        guard !isClosed else { return }
        var interest: Interest = []
        if !inputEnded && !isReadingPaused { interest.insert(.read) }
        if !canWrite || transport.readWaitsForRoom { interest.insert(.write) }
        loop.setInterest(interest, of: descriptor)
    }

    private func received(_ bytes: UnsafeRawBufferPointer) {
        if discardsInput {
            if isLingering { extendLinger() }
            return
        }
        if input.isEmpty {
            let used = consume(bytes)
            if !discardsInput { input.append(contentsOf: bytes[used...]) }
        } else {
            input.append(contentsOf: bytes)
            consumeInput()
        }
    }

    private func consumeInput() {
        // Taken out while it is read: what is read may end the connection, which drops the input.
        var waiting = input
        input = []
        let used = waiting.withUnsafeBytes { consume($0) }
        guard used < waiting.count, !isClosed, !discardsInput else { return }
        waiting.removeFirst(used)
        input = waiting
    }

    /// Reads as much of `bytes` as can be read now.
    private func consume(_ bytes: UnsafeRawBufferPointer) -> Int {
        var used = 0
        do {
            while used < bytes.count && !isClosed && !discardsInput {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
                if let exchange {
                    if exchange.bodyIsComplete { break }
                    used += try readBody(of: exchange, rest)
                } else {
                    if closesWhenSent { break }
                    // A head has one deadline, however its bytes come.
                    if clock.wait != .head { clock.set(.head, configuration.headTimeout) }
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
        let exchange = Exchange(head: head, connection: self)
        self.exchange = exchange
        chunks = head.framing == .chunked ? ChunkedDecoder() : nil
        if exchange.bodyIsComplete { clock.clear() } else { clock.set(.body, configuration.bodyTimeout) }
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
            guard exchange.body.count <= configuration.maxBody else {
                throw Rejection(413, "the body is longer than \(configuration.maxBody) bytes")
            }
            exchange.bodyIsComplete = chunks?.isDone ?? true
        } else {
            guard case .length(let length) = exchange.head.framing else { return 0 }
            used = min(length - exchange.body.count, bytes.count)
            exchange.body.append(contentsOf: bytes[..<used])
            exchange.bodyIsComplete = exchange.body.count == length
        }
        if exchange.bodyIsComplete {
            clock.clear()
            exchange.signal.raise()
        } else {
            clock.set(.body, configuration.bodyTimeout)
        }
        return used
    }

    /// Answers a request that cannot be handled; the connection cannot be used after it.
    private func reject(_ rejection: Rejection) {
        guard !isClosed else { return }
        server.count(rejection)
        if let exchange {
            exchange.bodyFailure = rejection
            exchange.signal.raise()
            guard exchange.phase == .waiting else { return exchange.phase == .streaming ? close() : () }
        }
        let refused = exchange ?? Exchange(head: .unreadable, connection: self)
        exchange = refused
        let (type, body) = configuration.rejectionBody(rejection)
        closesWhenSent = true
        refused.respond(status: rejection.status, headers: [.contentType: type], body: body)
    }

    /// The caller will send no more. What it asked in full is still answered, but a stream has lost its reader.
    private func ended() {
        switch exchange?.phase {
        case nil where output.hasBytes, .answered: closesWhenSent = true
        case nil, .streaming: close()
        case .waiting: if !bodyIsComplete { close() }
        }
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
        output.appendStatus(status)
        output.append(headers)
        output.append(exchange.answerHeaders)
        switch length {
        case .known(let count):
            if status >= 200 && status != 204 && status != 304 { output.append("Content-Length: \(count)\r\n") }
        case .open:
            if exchange.head.isHTTP11 {
                output.append("Transfer-Encoding: chunked\r\n")
                output.isChunked = exchange.head.method != .head
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
        if inputEnded && length.isOpen {
            loop.execute { [bound = LoopBound(self, on: loop)] in bound.value.peerLeft() }
        }
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
        guard !isClosed, canWrite, !isShakingHands else { return }
        let wasCongested = isCongested
        let before = output.count
        switch output.send(to: descriptor, through: transport) {
        case .sentAll:
            closesWhenSent && exchange == nil ? linger() : waitForCaller()
        case .wouldBlock:
            canWrite = false
            updateInterest()
            if output.count < before || clock.wait != .reader { clock.set(.reader, configuration.stallTimeout) }
        case .failed:
            peerLeft()
        }
        if wasCongested && !isCongested { exchange?.signal.raise() }
    }

    /// Sets the deadline of what the caller has to do next, once all has been sent.
    private func waitForCaller() {
        if exchange == nil {
            if input.isEmpty {
                clock.set(.nextRequest, configuration.idleTimeout)
            } else if clock.wait != .head {
                clock.set(.head, configuration.headTimeout)
            }
        } else if bodyIsComplete {
            clock.clear()
        } else if clock.wait != .body {
            clock.set(.body, configuration.bodyTimeout)
        }
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
        if (inputEnded || server.isDraining) && input.isEmpty {
            closesWhenSent = true
            return
        }
        clock.set(.nextRequest, configuration.idleTimeout)
        // What was pipelined behind the answered request, and what waited unread while that was enough.
        loop.execute { [bound = LoopBound(self, on: loop)] in bound.value.readNextRequest() }
    }

    private func readNextRequest() {
        guard !isClosed, exchange == nil else { return }
        consumeInput()
        updateInterest()
        readAll()
        // The rest of a request will never come.
        if inputEnded && exchange == nil && !isClosed {
            closesWhenSent = true
            askForFlush()
        }
    }

    /// Sends the end and waits a little for the caller's: a close with unread input would destroy the answer.
    private func linger() {
        guard !isLingering else { return }
        if inputEnded { return close() }
        if case .wouldBlock = transport.endWriting(descriptor) {
            owesEnd = true
            canWrite = false
            updateInterest()
            return clock.set(.reader, configuration.stallTimeout)
        }
        isLingering = true
        input = []
        lingerEnd = loop.now &+ Duration.seconds(30).nanosecondsClamped
        extendLinger()
        updateInterest()
        readAll()
    }

    private func extendLinger() {
        guard loop.now < lingerEnd else { return }
        clock.set(.end, .seconds(2))
    }

    // MARK: Ending

    /// Ends the connection when its answer is out; at once if there is none.
    func drain() {
        guard exchange == nil, !isLingering else { return }
        if output.hasBytes { closesWhenSent = true } else { close() }
    }

    /// Sends what can be sent now and ends.
    func cut() {
        flush()
        close()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        if exchange?.phase == .streaming {
            // Only a reset tells an HTTP/1.0 caller that a stream is not whole.
            if exchange?.head.isHTTP11 == false { resetWhenClosed(descriptor) }
        } else if !isLingering && !isShakingHands && !output.hasBytes {
            transport.sayGoodbye()
        }
        clock.stop()
        handling?.cancel()
        exchange?.connection = nil
        exchange?.signal.raise()
        output = OutputBuffer()
        input = []
        loop.unwatch(descriptor, closing: true)
        server.closed(self)
    }

    private func expired(_ wait: ConnectionClock.Wait) {
        switch wait {
        case .head: reject(Rejection(408, "the request's head did not come in time"))
        case .body: reject(Rejection(408, "the request's body did not come in time"))
        case .handshake, .firstByte, .nextRequest, .reader, .end: close()
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
        method: .get,
        path: "",
        query: nil,
        headers: [.connection: "close"],
        isHTTP11: true,
        framing: .none
    )
}
