import EventLoop

/// From the socket's bytes to requests: heads, bodies and what is pipelined behind them.
extension Connection {
    /// How many bytes of a following request are kept while one is being answered.
    private static let pipelineLimit = 64 * 1024
    /// How many times the socket is read before the others on the loop get their turn.
    private static let readsPerTurn = 16

    func readAll() {
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
    var isReadingPaused: Bool {
        exchange != nil && bodyIsComplete && !discardsInput && input.count >= Connection.pipelineLimit
    }

    /// Nothing that comes now will be answered.
    var discardsInput: Bool {
        isLingering || closesWhenSent && exchange?.phase != .waiting && exchange?.phase != .streaming
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

    func consumeInput() {
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

    var bodyIsComplete: Bool { exchange?.bodyIsComplete ?? true }

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
}
