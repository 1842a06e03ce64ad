import COpenSSL

/// One connection's TLS. Confined to the connection's loop.
///
/// OpenSSL may have to write in order to read (an answer to a key update) and, in principle, to read in order to write:
/// the connection tries both again when the socket is ready for either.
final class TLSSession {
    private let ssl: OpaquePointer
    /// Its method of reading and writing sockets is the context's.
    private let context: TLSContext
    private var hasFailed = false
    /// Whether reading goes on only when the socket can be written.
    private(set) var readWaitsForRoom = false
    /// Whether writing goes on only when something has come.
    private(set) var writeWaitsForBytes = false

    /// Takes `ssl` over.
    init(_ ssl: OpaquePointer, context: TLSContext) {
        self.ssl = ssl
        self.context = context
    }

    deinit { SSL_free(ssl) }

    /// What a step of the handshake has come to.
    enum Handshake {
        case done
        case wantsBytes
        case wantsRoom
        /// The peer speaks HTTP without TLS.
        case plainHTTP
        case failed(String)
    }

    func handshake() -> Handshake {
        // OpenSSL judges by its thread's list of errors, which libcurl's OpenSSL shares.
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        if result == 1 { return .done }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .wantsBytes
        case SSL_ERROR_WANT_WRITE: return .wantsRoom
        case SSL_ERROR_SSL:
            hasFailed = true
            return copenssl_reason(ERR_peek_error()) == SSL_R_HTTP_REQUEST
                ? .plainHTTP : .failed(TLSContext.lastError())
        default:
            hasFailed = true
            return .failed("the caller left")
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> SocketResult {
        guard !hasFailed else { return .failed }
        ERR_clear_error()
        var count = 0
        let result = SSL_read_ex(ssl, buffer.baseAddress, buffer.count, &count)
        readWaitsForRoom = false
        if result == 1 { return .bytes(count) }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .wouldBlock
        case SSL_ERROR_WANT_WRITE:
            readWaitsForRoom = true
            return .wouldBlock
        case SSL_ERROR_ZERO_RETURN: return .end
        default: return fail()
        }
    }

    /// Whether the next read may find something without the socket having been told ready anew.
    var mayHaveMore: Bool { copenssl_may_have_more(ssl) != 0 }

    func write(_ bytes: UnsafeRawBufferPointer) -> SocketResult {
        guard !hasFailed else { return .failed }
        ERR_clear_error()
        var count = 0
        let result = SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &count)
        writeWaitsForBytes = false
        if result == 1 { return .bytes(count) }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_WRITE: return .wouldBlock
        case SSL_ERROR_WANT_READ:
            writeWaitsForBytes = true
            return .wouldBlock
        default: return fail()
        }
    }

    /// Tells the peer that nothing more will be sent.
    ///
    /// - Returns: `.wouldBlock` if the socket has no room for it yet.
    func endWriting() -> SocketResult {
        guard !hasFailed, SSL_in_init(ssl) == 0 else { return .failed }
        ERR_clear_error()
        let result = SSL_shutdown(ssl)
        if result >= 0 { return .end }
        return SSL_get_error(ssl, result) == SSL_ERROR_WANT_WRITE ? .wouldBlock : fail()
    }

    private func fail() -> SocketResult {
        hasFailed = true
        return .failed
    }
}
