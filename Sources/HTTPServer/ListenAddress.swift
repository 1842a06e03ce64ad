#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where a server listens: a host and a port.
public struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// A name or a numeric address, IPv6 without brackets.
    public let host: String
    /// 0 to 65535; 0 lets the system choose.
    public let port: UInt16

    /// Names an address.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`, `[ipv6]:port` or `:port`, which means every address of the machine.
    public init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let colon = text.lastIndex(of: ":") else {
            return nil
        }
        let digits = text[text.index(after: colon)...]
        // By themselves numbers may have a sign.
        guard digits.allSatisfy(\.isNumber), let port = UInt16(digits) else { return nil }
        var host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard host.contains(":") == isBracketed, !host.contains(where: { "[]".contains($0) }) else { return nil }
        self.init(host: host.isEmpty ? "::" : String(host), port: port)
    }

    /// Whether only this machine can reach it: `localhost`, 127.0.0.0/8 or `::1`.
    public var isLoopback: Bool {
        if host.lowercased() == "localhost" { return true }
        var four = in_addr()
        if inet_pton(AF_INET, host, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        var six = in6_addr()
        guard inet_pton(AF_INET6, host, &six) == 1 else { return false }
        return withUnsafeBytes(of: &six) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
    }

    /// Whether it is a numeric address and not a name.
    public var isNumeric: Bool {
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1
    }

    /// Whether it stands for every address of the machine: `0.0.0.0` or `::`.
    public var isWildcard: Bool { host == "0.0.0.0" || host == "::" }

    /// `host:port`, with brackets around an IPv6 address.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Why a server cannot listen.
public struct ListenError: Error, Sendable, CustomStringConvertible {
    /// The address that was asked for.
    public let address: ListenAddress
    /// What the system says.
    public let reason: String

    /// The address, what the system says, and a hint if it is known.
    public var description: String { "cannot listen on \(address): \(reason)" }
}

extension ListenAddress {
    /// Opens a listening socket; may look a name up, so not on a loop.
    func listen() throws(ListenError) -> (descriptor: Int32, port: UInt16) {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &found)
        guard code == 0, let first = found else {
            throw ListenError(address: self, reason: String(cString: gai_strerror(code)))
        }
        defer { freeaddrinfo(found) }
        // A name such as localhost may have several addresses: the first IPv4 one is what most clients try.
        var candidate: UnsafeMutablePointer<addrinfo>? = first
        while let one = candidate, one.pointee.ai_family != AF_INET { candidate = one.pointee.ai_next }
        let chosen = candidate ?? first
        let descriptor = socket(chosen.pointee.ai_family, chosen.pointee.ai_socktype, chosen.pointee.ai_protocol)
        guard descriptor >= 0 else { throw failure() }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, chosen.pointee.ai_addr, chosen.pointee.ai_addrlen) == 0,
            Self.systemListen(descriptor, 1024) == 0
        else {
            let error = failure()
            close(descriptor)
            throw error
        }
        makeNonBlocking(descriptor)
        return (descriptor, Self.boundPort(descriptor) ?? port)
    }

    private static func systemListen(_ descriptor: Int32, _ backlog: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.listen(descriptor, backlog)
        #else
            Darwin.listen(descriptor, backlog)
        #endif
    }

    private func failure() -> ListenError {
        let code = errno
        let words = String(cString: strerror(code))
        let hint = code == EADDRINUSE ? "; is another runner there? --listen takes another port, 0 for any" : ""
        return ListenError(address: self, reason: words + hint)
    }

    private static func boundPort(_ descriptor: Int32) -> UInt16? {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard code == 0 else { return nil }
        // The port stands at the same place in both families' addresses.
        return withUnsafeBytes(of: &address) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
    }
}
