import Synchronization

/// What new connections speak TLS with, for all loops of a server; without a context they speak plain HTTP.
final class CurrentTLS: Sendable {
    let context = Mutex<TLSContext?>(nil)

    /// What a new connection's bytes go through.
    ///
    /// - Throws: `TLSError` if there is no memory for TLS.
    func transport(on descriptor: Int32) throws(TLSError) -> Transport {
        guard let context = context.withLock({ $0 }) else { return .plain }
        guard let session = context.session(on: descriptor) else { throw TLSError("OpenSSL has no memory left") }
        return .secure(session)
    }
}
