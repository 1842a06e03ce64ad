#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A caller made of a plain socket, which sends what it is told and shows what comes; it never blocks a thread.
public final class RawClient {
    /// How a connection ended.
    public enum Ending: Sendable {
        /// The peer closed its side in order.
        case end
        /// The connection was reset.
        case reset
    }

    /// A failure of the connection.
    public struct Failure: Error, CustomStringConvertible {
        /// What failed, with what had come until then.
        public let description: String
    }

    /// A response as it was framed.
    public struct Response: Sendable {
        /// The status code.
        public let status: Int
        /// Status line and header lines.
        public let head: String
        /// The body, without its coding.
        public let body: String
        /// Whether the body came to its end.
        public let isWhole: Bool

        /// The value of a header field; nil if there is none.
        public func header(_ name: String) -> String? {
            let prefix = name.lowercased() + ": "
            return head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(prefix) }
                .map { String($0.dropFirst(prefix.count)) }
        }
    }

    private let descriptor: Int32
    private var isOpen = true
    /// What has come and has not been taken.
    public private(set) var received: [UInt8] = []
    /// How the connection ended, if it has.
    public private(set) var ending: Ending?

    /// Connects to a port of 127.0.0.1.
    ///
    /// - Parameters:
    ///   - receiveBuffer: bytes of the kernel's buffer for what comes; small for a slow reader.
    ///   - host: the last number of the caller's own address in 127.0.0.0; Linux answers to all of them.
    public init(port: UInt16, receiveBuffer: Int32? = nil, host: UInt8? = nil) throws {
        #if canImport(Glibc)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        if let host { bindToHost(host) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        let code = errno
        guard descriptor >= 0, result == 0 else {
            close()
            throw Failure(description: "cannot connect to port \(port): errno \(code)")
        }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close() }

    private func bindToHost(_ host: UInt8) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = (UInt32(0x7f00_0000) + UInt32(host)).bigEndian
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                // If it fails, connecting does.
                _ = bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Sends all of it.
    public func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Sends all of it.
    public func send(_ bytes: [UInt8]) async throws {
        var sent = 0
        try await eventually("\(bytes.count) bytes are sent") {
            while sent < bytes.count {
                guard let count = sendSome(bytes[sent...]) else { return false }
                sent += count
            }
            return true
        }
    }

    /// Sends as much as the kernel takes now; nil if it takes nothing.
    public func sendSome(_ bytes: ArraySlice<UInt8>) -> Int? {
        #if canImport(Glibc)
            let flags = Int32(MSG_NOSIGNAL)
        #else
            let flags: Int32 = 0
        #endif
        let count = bytes.withUnsafeBytes { Self.systemSend(descriptor, $0, flags) }
        // A connection that is gone takes everything, as the network would.
        if count < 0 { return errno == EAGAIN ? nil : bytes.count }
        return count
    }

    private static func systemSend(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, _ flags: Int32) -> Int {
        #if canImport(Glibc)
            Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags)
        #else
            Darwin.send(descriptor, bytes.baseAddress, bytes.count, flags)
        #endif
    }

    /// Takes in what has come, at most so many bytes.
    public func receive(atMost limit: Int = .max) {
        // Asked again and again, by hundreds of callers at a time: the buffer must cost nothing.
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { buffer in
            var left = limit
            while ending == nil && left > 0 {
                let count = recv(descriptor, buffer.baseAddress, min(left, buffer.count), 0)
                if count > 0 {
                    received.append(contentsOf: buffer[..<count])
                    left -= count
                } else if count == 0 {
                    ending = .end
                } else if errno != EINTR {
                    if errno != EAGAIN { ending = .reset }
                    return
                }
            }
        }
    }

    /// Gives the kernel's buffer for what comes another size: a slow reader becomes a quick one.
    public func setReceiveBuffer(_ bytes: Int32) {
        var size = bytes
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Waits until what has come holds `text`.
    public func waitFor(_ text: String) async throws {
        let wanted = Array(text.utf8)
        try await wait("\(text.debugDescription) comes") { received.firstRange(of: wanted) != nil }
    }

    /// Waits until the peer has closed, taking in what comes.
    @discardableResult
    public func waitForEnd() async throws -> Ending {
        try await wait("the connection ends") { ending != nil }
        return ending ?? .reset
    }

    private func wait(_ what: String, _ condition: () -> Bool) async throws {
        do {
            try await eventually(what) {
                receive()
                return condition() || ending != nil
            }
        } catch {
            throw Failure(description: "\(error); received so far: \(shown)")
        }
        if !condition() { throw Failure(description: "\(what): the connection ended before; received: \(shown)") }
    }

    private var shown: String { String(decoding: received.prefix(500), as: UTF8.self).debugDescription }

    /// Waits for one response and takes it off what has come.
    ///
    /// - Parameter hasBody: false for the answer to HEAD.
    public func response(hasBody: Bool = true) async throws -> Response {
        try await wait("a response's head comes") { received.firstRange(of: Array("\r\n\r\n".utf8)) != nil }
        let end = received.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? 0
        let head = String(decoding: received[..<end], as: UTF8.self)
        received.removeFirst(end)
        let words = head.split(separator: " ", maxSplits: 2)
        guard words.count > 1, let status = Int(words[1]) else { throw Failure(description: "no response: \(head)") }
        let empty = Response(status: status, head: head, body: "", isWhole: true)
        if !hasBody || status < 200 || status == 204 || status == 304 { return empty }
        if let length = empty.header("Content-Length").flatMap({ Int($0) }) {
            try? await wait("a body of \(length) bytes comes") { received.count >= length }
            return take(min(length, received.count), of: empty, isWhole: received.count >= length)
        }
        guard empty.header("Transfer-Encoding") == "chunked" else {
            let isWhole = try await waitForEnd() == .end
            return take(received.count, of: empty, isWhole: isWhole)
        }
        return try await chunkedResponse(of: empty)
    }

    private func take(_ count: Int, of response: Response, isWhole: Bool) -> Response {
        defer { received.removeFirst(count) }
        let body = String(decoding: received[..<count], as: UTF8.self)
        return Response(status: response.status, head: response.head, body: body, isWhole: isWhole)
    }

    private func chunkedResponse(of response: Response) async throws -> Response {
        var body: [UInt8] = []
        func result(isWhole: Bool) -> Response {
            Response(
                status: response.status,
                head: response.head,
                body: String(decoding: body, as: UTF8.self),
                isWhole: isWhole
            )
        }
        let lineEnd = Array("\r\n".utf8)
        while true {
            do {
                try await wait("a chunk's size comes") { received.firstRange(of: lineEnd) != nil }
            } catch {
                if ending != nil { return result(isWhole: false) }
                throw error
            }
            let line = received.firstRange(of: lineEnd) ?? 0..<0
            guard let size = Int(String(decoding: received[..<line.lowerBound], as: UTF8.self), radix: 16) else {
                throw Failure(description: "no chunk: \(shown)")
            }
            received.removeFirst(line.upperBound)
            do {
                try await wait("a chunk of \(size) bytes comes") { received.count >= size + 2 }
            } catch {
                if ending != nil { return result(isWhole: false) }
                throw error
            }
            body += received[..<size]
            received.removeFirst(size + 2)
            if size == 0 { return result(isWhole: true) }
        }
    }

    /// Ends the sending side; the rest can still be received.
    public func shutDownWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes the connection.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        Self.systemClose(descriptor)
    }

    /// Resets the connection.
    public func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    private static func systemClose(_ descriptor: Int32) {
        #if canImport(Glibc)
            _ = Glibc.close(descriptor)
        #else
            _ = Darwin.close(descriptor)
        #endif
    }
}

/// Counts this process's open sockets that stand on a port of their own side, or talk to one.
public func openSockets(local: UInt16? = nil, remote: UInt16? = nil) -> Int {
    guard let directory = opendir("/dev/fd") else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
        }
        guard let descriptor = Int32(name) else { continue }
        if local != nil && boundPort(descriptor, getsockname) == local { count += 1 }
        if remote != nil && boundPort(descriptor, getpeername) == remote { count += 1 }
    }
    return count
}

private func boundPort(
    _ descriptor: Int32,
    _ look: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
) -> UInt16? {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { look(descriptor, $0, &length) }
    }
    return code == 0 && address.sin_family == sa_family_t(AF_INET) ? UInt16(bigEndian: address.sin_port) : nil
}
