import EventLoop

/// One exchange's life on its connection: begun, handled or rejected, answered, followed by the next.
extension Connection {
    func begin(_ head: RequestHead) {
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

    /// Answers a request that cannot be handled; the connection cannot be used after it.
    func reject(_ rejection: Rejection) {
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

    func finishExchange() {
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
