/// Reads `OLLAMA_HOST` as Ollama's own client does: `host`, `host:port` or a URL.
///
/// Without a scheme the port is 11434; with one it is the scheme's (80, 443). An unspecified address (`0.0.0.0`,
/// `::`, or none as in `:11434`) is one that a server listens on; a client means loopback by it. Unlike Ollama, which
/// falls back to its own port, a wrong port is refused. See `envconfig.Host` and `ConnectableHost` in Ollama's source.
enum OllamaHost {
    private static let port = "11434"

    /// The URL that `text` stands for; whether it is one is for ``BaseURL`` to check.
    static func url(_ text: String) throws(Unusable) -> String {
        let text = String(text.drop(while: isQuote).reversed().drop(while: isQuote).reversed()).trimmed
        var scheme = "http"
        var rest = text[...]
        var defaultPort: String? = port
        if let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") {
            scheme = String(text[..<colon])
            rest = text[colon...].dropFirst(3)
            defaultPort = nil
        }
        let authority = rest.prefix { $0 != "/" }
        let path = rest[authority.endIndex...]
        guard !authority.isEmpty else { throw Unusable("there is no host in it") }
        var (host, port) = try split(authority)
        if port?.isEmpty ?? false { port = nil }
        if host.isEmpty || host == "0.0.0.0" {
            host = "127.0.0.1"
        } else if let address = IPv6Address(host) {
            host = address.isUnspecified ? "[::1]" : "[\(host)]"
        }
        let suffix = (port ?? defaultPort).map { ":\($0)" } ?? ""
        return "\(scheme)://\(host)\(suffix)\(path)"
    }

    private static func split(_ authority: Substring) throws(Unusable) -> (host: String, port: String?) {
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { throw Unusable("its [ is not closed") }
            let host = authority[..<end].dropFirst()
            let rest = authority[end...].dropFirst()
            guard rest.isEmpty || rest.first == ":" else { throw Unusable("only a port may follow ]") }
            guard IPv6Address(host) != nil else { throw Unusable("[\(host)] is no IPv6 address") }
            return (String(host), rest.isEmpty ? nil : String(rest.dropFirst()))
        }
        if IPv6Address(authority) != nil { return (String(authority), nil) }
        let pieces = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(pieces[0]), pieces.count == 2 ? String(pieces[1]) : nil)
    }

    private static func isQuote(_ character: Character) -> Bool { character == "\"" || character == "'" }
}
