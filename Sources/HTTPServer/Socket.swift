#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

enum SocketResult {
    case bytes(Int)
    case wouldBlock
    case end
    case failed
}

func readSocket(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> SocketResult {
    while true {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return .bytes(count) }
        if count == 0 { return .end }
        if errno == EINTR { continue }
        return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldBlock : .failed
    }
}

func writeSocket(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> SocketResult {
    #if canImport(Glibc)
        let flags = Int32(MSG_NOSIGNAL)
    #else
        let flags: Int32 = 0
    #endif
    while true {
        let count = send(descriptor, bytes.baseAddress, bytes.count, flags)
        if count >= 0 { return .bytes(count) }
        if errno == EINTR { continue }
        return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldBlock : .failed
    }
}

/// Makes the close of a socket a reset, which no peer takes for an end.
func resetWhenClosed(_ descriptor: Int32) {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
}

func shutDownWriting(_ descriptor: Int32) {
    shutdown(descriptor, Int32(SHUT_WR))
}

/// What accepting found.
enum Accepted {
    case socket(Int32, peer: String)
    case none
    /// The process or the system has no descriptor left.
    case exhausted
}

func acceptSocket(_ listener: Int32) -> Accepted {
    while true {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { accept(listener, $0, &length) }
        }
        if descriptor >= 0 {
            makeNonBlocking(descriptor)
            var one: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
            #if canImport(Darwin)
                setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &one, socklen_t(MemoryLayout<Int32>.size))
            #endif
            return .socket(descriptor, peer: describe(&address))
        }
        switch errno {
        // A caller that left before it was accepted is no reason to stop accepting.
        case EINTR, ECONNABORTED: continue
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
        default: return .none
        }
    }
}

/// Takes a descriptor that can be given up when there is no other; -1 if there is none.
func reserveDescriptor() -> Int32 { open("/dev/null", O_RDONLY | O_CLOEXEC) }

func closeSocket(_ descriptor: Int32) { _ = close(descriptor) }

/// Sends an answer to a caller whose request is not read any further, and ends the connection.
///
/// What has come is taken first: a close with unread input would be a reset, which destroys the answer.
func refuseSocket(_ descriptor: Int32, _ answer: [UInt8]) {
    _ = answer.withUnsafeBytes { writeSocket(descriptor, $0) }
    shutDownWriting(descriptor)
    withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { buffer in
        if case .bytes = readSocket(descriptor, into: buffer) {}
    }
    _ = close(descriptor)
}

func makeNonBlocking(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
}

private func describe(_ address: inout sockaddr_storage) -> String {
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let length = socklen_t(
        Int32(address.ss_family) == AF_INET6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
    )
    let code = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            getnameinfo($0, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
        }
    }
    return code == 0 ? String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : "unknown"
}
