/// What a connection's bytes go through: the socket itself, or TLS on it.
enum Transport {
    case plain
    case secure(TLSSession)

    func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> SocketResult {
        switch self {
        case .plain: readSocket(descriptor, into: buffer)
        case .secure(let session): session.read(into: buffer)
        }
    }

    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> SocketResult {
        switch self {
        case .plain: writeSocket(descriptor, bytes)
        case .secure(let session): session.write(bytes)
        }
    }

    /// Ends the sending side.
    ///
    /// - Returns: `.wouldBlock` if that has to wait until the socket has room.
    func endWriting(_ descriptor: Int32) -> SocketResult {
        if case .secure(let session) = self, case .wouldBlock = session.endWriting() { return .wouldBlock }
        shutDownWriting(descriptor)
        return .end
    }

    /// Tells the peer, as far as the socket has room for it, that the coming close is the end and no cut.
    func sayGoodbye() {
        if case .secure(let session) = self { _ = session.endWriting() }
    }

    /// Whether there may be more after a read of `count` bytes into room for `room`, before the socket is ready anew.
    func mayHaveMore(after count: Int, of room: Int) -> Bool {
        switch self {
        case .plain: count == room
        case .secure(let session): session.mayHaveMore
        }
    }

    var isSecure: Bool {
        if case .secure = self { return true }
        return false
    }

    /// Whether reading goes on only when the socket has room.
    var readWaitsForRoom: Bool {
        if case .secure(let session) = self { return session.readWaitsForRoom }
        return false
    }

    /// Whether writing goes on only when something has come.
    var writeWaitsForBytes: Bool {
        if case .secure(let session) = self { return session.writeWaitsForBytes }
        return false
    }
}
