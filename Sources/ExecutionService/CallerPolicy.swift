import HTTPServer
import HTTPTypes

/// Who may call from a browser: keeps web pages from using the service behind the back of the person who reads them.
///
/// A page on any site can make its reader's browser send requests to this machine. `Origin` tells where the page is
/// from; by DNS rebinding a page is from a name that has become this machine's address, which `Host` tells.
public struct CallerPolicy: Sendable {
    private let listening: ListenAddress
    private let checksHost: Bool
    private let allowedHosts: Set<String>
    private let allowedOrigins: Set<String>

    /// Makes a policy that lets in callers on this machine, those who name the address it listens on, and `allowed…`.
    ///
    /// - Parameters:
    ///   - listening: the address that the service listens on.
    ///   - isEncrypted: whether it speaks TLS: the certificate is then checked against the name, `Host` need not be.
    ///   - allowedHosts: further names in `Host`, without port, or `*` for all.
    ///   - allowedOrigins: further pages' origins, as `https://example.org:8443`, or `*` for all.
    public init(
        listening: ListenAddress = ListenAddress(host: "127.0.0.1", port: 7235),
        isEncrypted: Bool = false,
        allowedHosts: [String] = [],
        allowedOrigins: [String] = []
    ) {
        self.listening = listening
        checksHost = !isEncrypted && !allowedHosts.contains("*")
        self.allowedHosts = Set(allowedHosts.map { $0.lowercased() })
        self.allowedOrigins = Set(allowedOrigins.map { $0.lowercased() })
    }

    /// What becomes of a request that is let in.
    enum Verdict: Equatable {
        /// It is answered as ever; `headers` tell a browser that the page may see the answer.
        case serve(headers: HTTPFields)
        /// It only asks whether a page may call, and is answered 204 with these.
        case preflight(headers: HTTPFields)
    }

    /// Looks at a request's head.
    ///
    /// - Throws: `permission_denied` that names the host or the origin.
    func judge(_ head: RequestHead) throws(ServiceError) -> Verdict {
        let host = head.headers[.host]
        if let host, checksHost, !allows(host: host) {
            throw ServiceError(
                .permissionDenied,
                "the host \(host.debugDescription) is not this service's: call it by its address, or start it with "
                    + "--allow-host and the name"
            )
        }
        guard let origin = head.headers[.origin] else { return .serve(headers: [:]) }
        guard allows(origin: origin, host: host) else {
            throw ServiceError(
                .permissionDenied,
                "pages of the origin \(origin.debugDescription) may not call this service: start it with "
                    + "--allow-origin \(origin) if they should"
            )
        }
        return verdict(head, origin)
    }

    private func allows(host: String) -> Bool {
        guard let address = Self.address(host) else { return false }
        if address.isLoopback || address.host == listening.host.lowercased() || allowedHosts.contains(address.host) {
            return true
        }
        // No name can be rebound here; and which of its addresses a machine is called by, it need not know.
        return listening.isWildcard && address.isNumeric
    }

    private func allows(origin: String, host: String?) -> Bool {
        let origin = origin.lowercased()
        if allowedOrigins.contains("*") || allowedOrigins.contains(origin) { return true }
        guard let scheme = ["http://", "https://"].first(where: origin.hasPrefix) else { return false }
        let rest = String(origin.dropFirst(scheme.count))
        if rest == host?.lowercased() { return true }
        return Self.address(rest)?.isLoopback == true
    }

    /// Reads `host` or `host:port` as a browser writes it.
    private static func address(_ text: String) -> ListenAddress? {
        let text = text.lowercased()
        let hasPort = text.hasPrefix("[") ? !text.hasSuffix("]") : text.contains(":")
        guard let address = ListenAddress(hasPort ? text : "\(text):0"), !text.hasPrefix(":"), !text.isEmpty else {
            return nil
        }
        return address
    }

    /// https://fetch.spec.whatwg.org/#http-cors-protocol
    private func verdict(_ head: RequestHead, _ origin: String) -> Verdict {
        var headers: HTTPFields = [.accessControlAllowOrigin: origin, .vary: "Origin"]
        guard head.method == .options, head.headers[.accessControlRequestMethod] != nil else {
            headers[.accessControlExposeHeaders] = "Execution-Id, Retry-After"
            return .serve(headers: headers)
        }
        headers[.accessControlAllowMethods] = "GET, HEAD, POST, DELETE"
        headers[.accessControlAllowHeaders] = head.headers[.accessControlRequestHeaders]
        headers[.accessControlMaxAge] = "7200"
        // A page that is not on this machine's network asks this first: https://wicg.github.io/private-network-access/
        if let asks = HTTPField.Name("Access-Control-Request-Private-Network"), head.headers[asks] != nil,
            let allows = HTTPField.Name("Access-Control-Allow-Private-Network")
        {
            headers[allows] = "true"
        }
        return .preflight(headers: headers)
    }
}
