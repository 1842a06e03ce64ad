import EventLoop
import HTTPTypes

/// Answers on their way out: one write a turn, and a deadline for whoever does not take them.
extension Connection {
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

    func askForFlush() {
        guard !asksForFlush, !isClosed else { return }
        asksForFlush = true
        loop.atFlush(self)
    }

    func turnEnded() {
        asksForFlush = false
        flush()
    }

    func flush() {
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
}

extension Connection.BodyLength {
    fileprivate var isOpen: Bool {
        if case .open = self { return true }
        return false
    }
}
