import EventLoop

/// The ways in which a connection ends.
extension Connection {
    /// The caller will send no more. What it asked in full is still answered, but a stream has lost its reader.
    func ended() {
        switch exchange?.phase {
        case nil where output.hasBytes, .answered: closesWhenSent = true
        case nil, .streaming: close()
        case .waiting: if !bodyIsComplete { close() }
        }
    }

    func peerLeft() {
        close()
    }

    /// Sends the end and waits a little for the caller's: a close with unread input would destroy the answer.
    func linger() {
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

    func extendLinger() {
        guard loop.now < lingerEnd else { return }
        clock.set(.end, .seconds(2))
    }

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

    func expired() {
        let wait = clock.wait
        clock.clear()
        switch wait {
        case .head: reject(Rejection(408, "the request's head did not come in time"))
        case .body: reject(Rejection(408, "the request's body did not come in time"))
        case .handshake, .firstByte, .nextRequest, .reader, .end: close()
        case nil: break
        }
    }
}
