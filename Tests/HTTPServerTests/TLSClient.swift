import COpenSSL
import Foundation
import TestSupport

/// A caller that speaks TLS with blocking calls and does what no tool does on demand.
final class TLSClient {
    struct Failure: Error {
        let description: String
    }

    private let ssl: OpaquePointer
    private let context: OpaquePointer
    private let descriptor: Int32

    init(port: UInt16) throws {
        // OpenSSL's own way to write to sockets raises it where the server has closed.
        signal(SIGPIPE, SIG_IGN)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0, let context = SSL_CTX_new(TLS_client_method()), let ssl = SSL_new(context) else {
            throw Failure(description: "cannot connect to port \(port)")
        }
        self.context = context
        self.ssl = ssl
        SSL_set_fd(ssl, descriptor)
        guard SSL_connect(ssl) == 1 else { throw Failure(description: "no handshake") }
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
        close(descriptor)
    }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard SSL_write(ssl, bytes, Int32(bytes.count)) == bytes.count else {
            throw Failure(description: "cannot send")
        }
    }

    /// Asks for new keys in both directions; TLS 1.3 only.
    func changeKeys() throws {
        guard SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1, SSL_do_handshake(ssl) == 1 else {
            throw Failure(description: "no new keys")
        }
    }

    /// Says that nothing more will be sent, in TLS or, `plainly`, by TCP alone.
    func endWriting(plainly: Bool = false) {
        if !plainly { SSL_shutdown(ssl) }
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Receives until `text` has come or the peer ends.
    ///
    /// - Returns: what has come, and whether the peer ended as TLS has it.
    func receive(until text: String? = nil) -> (text: String, endedInOrder: Bool) {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = SSL_read(ssl, &buffer, Int32(buffer.count))
            guard count > 0 else {
                return (String(decoding: received, as: UTF8.self), SSL_get_error(ssl, count) == SSL_ERROR_ZERO_RETURN)
            }
            received += buffer[..<Int(count)]
            if let text, received.suffix(Int(count) + text.utf8.count).firstRange(of: Array(text.utf8)) != nil {
                return (String(decoding: received, as: UTF8.self), false)
            }
        }
    }
}
