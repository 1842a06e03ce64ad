#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A port of 127.0.0.1 that is taken and refuses every connection, as nobody listens.
public final class DeafPort {
    /// It cannot be taken.
    public struct Failure: Error {
        /// The system's code.
        public let code: Int32
    }

    /// Its number.
    public let port: UInt16
    private let descriptor: Int32

    /// Takes a free port.
    public init() throws {
        #if canImport(Glibc)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard isBound else { throw Failure(code: errno) }
    }

    deinit { close(descriptor) }

    /// Its address, as `http://127.0.0.1:40123`.
    public var url: String { "http://127.0.0.1:\(port)" }
}
