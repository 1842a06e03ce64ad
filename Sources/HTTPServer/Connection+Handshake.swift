/// The TLS handshake that comes before the first request.
extension Connection {
    func shakeHands() {
        guard !isClosed, case .secure(let session) = transport else { return }
        switch session.handshake() {
        case .done:
            isShakingHands = false
            canWrite = true
            clock.set(.firstByte, configuration.headTimeout)
            updateInterest()
            if output.hasBytes { flush() }
            hasUnreadInput = true
            readAll()
        case .wantsBytes:
            canWrite = true
            updateInterest()
        case .wantsRoom:
            canWrite = false
            updateInterest()
        case .plainHTTP:
            goOnPlain()
            reject(Rejection(400, "this port speaks TLS: call it by https://"))
        case .failed(let reason):
            server.logger.debug("TLS handshake failed", metadata: ["peer": "\(peer)", "reason": "\(reason)"])
            // OpenSSL has sent its alert, which a close with unread input would destroy.
            goOnPlain()
            closesWhenSent = true
            linger()
        }
    }

    /// What is still said to a caller with whom no handshake is possible is said without TLS.
    private func goOnPlain() {
        isShakingHands = false
        hasUnreadInput = true
        transport = .plain
        canWrite = true
        output = OutputBuffer()
    }
}
