import ArgumentParser
import ExecutionService
import HTTPServer

/// Where the service listens, and whom it answers.
struct CallerOptions: ParsableArguments {
    @Option(help: "Where to listen, host:port; port 0 takes a free one. STIGMER_LISTEN. (default: 127.0.0.1:7235)")
    var listen: String?

    @Flag(
        help: """
            Listen where others can reach it although it does not ask who they are: something else keeps strangers \
            out. STIGMER_INSECURE=true.
            """
    )
    var insecure = false

    @Option(
        help: ArgumentHelp(
            "Pages of this origin may call from a browser, as https://example.org; * for all. STIGMER_ALLOW_ORIGIN.",
            valueName: "origin"
        )
    )
    var allowOrigin: [String] = []

    @Option(
        help: ArgumentHelp(
            "A name that the service is called by without TLS, as behind a proxy; * for all. STIGMER_ALLOW_HOST.",
            valueName: "name"
        )
    )
    var allowHost: [String] = []

    /// Where to listen.
    ///
    /// - Parameter tls: how the service speaks TLS; with client certificates it may be reached by anybody.
    func address(_ settings: Settings, tls: TLSConfiguration?) throws(StartError) -> ListenAddress {
        let address = try settings.value(
            "listen",
            listen,
            default: ListenAddress(host: "127.0.0.1", port: 7235),
            expected: "an address as host:port, such as 127.0.0.1:7235 or [::1]:7235",
            { ListenAddress($0) }
        )
        let isInsecure = try settings.flag("insecure", insecure)
        guard address.isLoopback || isInsecure || tls?.clientCAFile != nil else {
            throw StartError(
                """
                others can reach \(address), and nobody asks who they are: listen on 127.0.0.1, ask for certificates \
                by --tls-client-ca, or give --insecure if something else keeps strangers out
                """
            )
        }
        return address
    }

    /// Which of those who reach the service may use it.
    func policy(
        _ settings: Settings,
        listening address: ListenAddress,
        tls: TLSConfiguration?
    ) throws(StartError) -> CallerPolicy {
        CallerPolicy(
            listening: address,
            isEncrypted: tls != nil,
            allowedHosts: try settings.list(
                "allow-host",
                allowHost,
                expected: "a name or an address without a port, or *"
            ) { isHost($0) ? $0 : nil },
            allowedOrigins: try settings.list(
                "allow-origin",
                allowOrigin,
                expected: "an origin as https://example.org:8443, or *"
            ) { isOrigin($0) ? $0 : nil }
        )
    }

    private func isHost(_ text: String) -> Bool {
        text == "*" || !text.contains { $0 == "/" || $0 == "@" || $0 == "*" || $0.isWhitespace } && hasNoPort(text)
    }

    /// A name, or an IPv6 address as it stands: a port is none of `--allow-host`'s business.
    private func hasNoPort(_ text: String) -> Bool {
        !text.contains(":") || ListenAddress(host: text, port: 0).isNumeric
    }

    /// What a browser sends as Origin: a scheme, a host, perhaps a port, and nothing behind.
    private func isOrigin(_ text: String) -> Bool {
        if text == "*" || text == "null" { return true }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0].hasSuffix(":") && parts[0].count > 1 && parts[1].isEmpty
            && !parts[2].isEmpty
            && !text.contains { $0.isWhitespace || $0 == "*" || $0 == "@" }
    }
}
