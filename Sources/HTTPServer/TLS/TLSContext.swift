import COpenSSL
import Foundation

/// A certificate and its key, read and checked: what new connections speak TLS with.
///
/// `@unchecked Sendable`: `handle` is changed by the initializer only, and OpenSSL counts its users atomically.
public final class TLSContext: @unchecked Sendable {
    /// When the certificate expires.
    public let expires: Date
    let handle: OpaquePointer
    private let sockets: OpaquePointer

    /// Reads the files; this blocks, so not on a loop.
    ///
    /// - Throws: `TLSError` if a file is missing or holds something else, or the key is not the certificate's. That
    ///   the certificate has expired is no error: see ``expires``.
    public init(_ configuration: TLSConfiguration) throws(TLSError) {
        guard let handle = SSL_CTX_new(TLS_server_method()), let sockets = copenssl_socket_method() else {
            throw TLSError("OpenSSL has no memory left")
        }
        self.handle = handle
        self.sockets = sockets
        do {
            expires = try Self.read(configuration, into: handle)
        } catch {
            // An initializer that fails here has no deinit.
            SSL_CTX_free(handle)
            BIO_meth_free(sockets)
            throw error
        }
    }

    deinit {
        SSL_CTX_free(handle)
        BIO_meth_free(sockets)
    }

    private static func read(_ files: TLSConfiguration, into handle: OpaquePointer) throws(TLSError) -> Date {
        setUp(handle)
        try checkReadable(files.certificateFile, "certificate")
        try checkReadable(files.keyFile, "key")
        ERR_clear_error()
        guard SSL_CTX_use_certificate_chain_file(handle, files.certificateFile) == 1 else {
            throw TLSError("the certificate file \(files.certificateFile) cannot be used: \(lastError())")
        }
        guard SSL_CTX_use_PrivateKey_file(handle, files.keyFile, SSL_FILETYPE_PEM) == 1 else {
            let code = copenssl_reason(ERR_peek_error())
            let isOther = code == X509_R_KEY_VALUES_MISMATCH || code == X509_R_KEY_TYPE_MISMATCH
            throw TLSError(
                isOther
                    ? "the key in \(files.keyFile) is not that of the certificate in \(files.certificateFile)"
                    : "the key file \(files.keyFile) cannot be used; it must hold a PEM key without a password: "
                        + lastError()
            )
        }
        guard SSL_CTX_check_private_key(handle) == 1 else {
            throw TLSError("the key in \(files.keyFile) is not that of the certificate in \(files.certificateFile)")
        }
        if let roots = files.clientCAFile { try requireClientCertificates(from: roots, handle) }
        guard let certificate = SSL_CTX_get0_certificate(handle), let end = X509_get0_notAfter(certificate) else {
            throw TLSError("the certificate file \(files.certificateFile) holds no certificate")
        }
        var time = tm()
        guard ASN1_TIME_to_tm(end, &time) == 1 else {
            throw TLSError("the certificate in \(files.certificateFile) does not say when it expires")
        }
        return Date(timeIntervalSince1970: TimeInterval(timegm(&time)))
    }

    private static func setUp(_ handle: OpaquePointer) {
        _ = copenssl_set_oldest_version(handle, TLS1_2_VERSION)
        // TLS 1.2 with forward secrecy and authenticated encryption only; 1.3 has nothing else.
        SSL_CTX_set_cipher_list(handle, "ECDHE+AESGCM:ECDHE+CHACHA20")
        copenssl_set_modes(handle)
        copenssl_speak_http11(handle)
        copenssl_ask_no_password(handle)
    }

    private static func requireClientCertificates(from roots: String, _ handle: OpaquePointer) throws(TLSError) {
        try checkReadable(roots, "client CA")
        guard SSL_CTX_load_verify_locations(handle, roots, nil) == 1, let names = SSL_load_client_CA_file(roots) else {
            throw TLSError("the client CA file \(roots) cannot be used: \(lastError())")
        }
        SSL_CTX_set_client_CA_list(handle, names)
        SSL_CTX_set_verify(handle, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        // A session that is resumed must have begun under the same demands.
        let name = Array("HTTPServer".utf8)
        SSL_CTX_set_session_id_context(handle, name, UInt32(name.count))
    }

    private static func checkReadable(_ path: String, _ what: String) throws(TLSError) {
        guard let file = fopen(path, "r") else {
            throw TLSError("the \(what) file \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        fclose(file)
    }

    /// OpenSSL's words for what went wrong first.
    static func lastError() -> String {
        guard let words = ERR_reason_error_string(ERR_peek_error()) else { return "no reason is known" }
        return String(cString: words)
    }

    /// The server's side of a connection; nil without memory.
    func session(on descriptor: Int32) -> TLSSession? {
        guard let ssl = SSL_new(handle) else { return nil }
        guard copenssl_set_socket(ssl, sockets, descriptor) == 1 else {
            SSL_free(ssl)
            return nil
        }
        SSL_set_accept_state(ssl)
        return TLSSession(ssl, context: self)
    }
}
