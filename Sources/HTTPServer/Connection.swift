import EventLoop

/// One caller's socket: reads requests, runs the handler for one at a time, writes answers. Confined to its loop.
///
/// This file has what all its sides share; each side is an extension in a file of its own, in the order of a request's way:
/// `+Handshake`, `+Reading`, `+Exchanges`, `+Writing`, `+Ending`.
final class Connection: ReadinessWatcher, TurnEnding {
    let loop: EventLoop
    let peer: String
    let descriptor: Int32
    var transport: Transport
    let server: ServerLoop
    var configuration: HTTPServerConfiguration { server.configuration }

    lazy var clock = ConnectionClock(loop: loop) { [weak self] in self?.expired() }
    var isShakingHands: Bool
    var isClosed = false

    // What comes in, and how much of it has been read.
    var input: [UInt8] = []
    var inputEnded = false
    var readsAgain = false
    /// Whether the socket has told of input that has not been read to its end: nobody tells of it again.
    var hasUnreadInput = false
    /// Whether the socket has told of its end, which stands behind the input.
    var hasHungUp = false
    var parser: RequestHeadParser
    var chunks: ChunkedDecoder?

    // The request that is being answered.
    var exchange: Exchange?
    var handling: Task<Void, Never>?

    // What goes out.
    var output = OutputBuffer()
    var asksForFlush = false
    var canWrite = true

    // How the connection will end.
    var closesWhenSent = false
    var owesEnd = false
    var isLingering = false
    var lingerEnd: UInt64 = 0

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

    /// Tells the loop what to watch for; costs a system call only where the socket is not edge-triggered.
    func updateInterest() {
        guard !isClosed else { return }
        var interest: Interest = []
        if !inputEnded && !isReadingPaused { interest.insert(.read) }
        if !canWrite || transport.readWaitsForRoom { interest.insert(.write) }
        loop.setInterest(interest, of: descriptor)
    }
}
