#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An address that a provider's paths can be joined to: http or https, a host, perhaps a port and a path.
///
/// It is shown as it was configured, less the slashes at its end. What may not be shown or cannot be joined to is
/// refused: credentials, a query, a fragment.
struct BaseURL: Sendable, Equatable {
    /// The URL without a slash at its end.
    let text: String
    /// The host in lower case, without the brackets of IPv6.
    let host: String

    /// Reads what was written in the given form.
    init(_ text: String, form: ProviderProfile.AddressForm) throws(Unusable) {
        switch form {
        case .url: try self.init(text)
        case .ollamaHost: try self.init(OllamaHost.url(text))
        }
    }

    /// The address that a profile comes with; it needs no check.
    init(ownAddressOf profile: ProviderProfile) {
        text = profile.defaultBaseURL
        host = (try? BaseURL(profile.defaultBaseURL).host) ?? ""
    }

    private init(_ url: String) throws(Unusable) {
        guard let separator = Self.schemeEnd(of: url) else {
            throw Unusable("not a URL; it must begin with http:// or https://")
        }
        guard ["http", "https"].contains(url[..<separator.lowerBound].lowercased()) else {
            throw Unusable("not an http or https URL")
        }
        guard url.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\"<>\\^`{|}".utf8.contains($0) }) else {
            throw Unusable("not a URL; there is a character in it that a URL cannot hold")
        }
        let rest = url[separator.upperBound...]
        guard !rest.contains(where: { "?#".contains($0) }) else {
            throw Unusable("a base URL has no query and no fragment; drop what follows ? or #")
        }
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else {
            throw Unusable("a base URL may hold no user or password, since it is shown; use an API key")
        }
        text = url.withoutTrailingSlashes
        host = try Self.host(of: authority)
    }

    private static func schemeEnd(of url: String) -> Range<String.Index>? {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return nil }
        return colon..<url.index(colon, offsetBy: 3)
    }

    private static func host(of authority: Substring) throws(Unusable) -> String {
        let host: Substring
        let port: Substring?
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { throw Unusable("not a URL; its [ is not closed") }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { throw Unusable("not a URL; only a port may follow ]") }
            port = rest.isEmpty ? nil : rest.dropFirst()
            guard IPv6Address(host) != nil else { throw Unusable("not a URL; [\(host)] is no IPv6 address") }
        } else {
            let pieces = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            host = pieces[0]
            port = pieces.count == 2 ? pieces[1] : nil
            guard !host.isEmpty else { throw Unusable("not a URL; there is no host in it") }
            let isName = host.utf8.allSatisfy { $0.isLetterOrDigit || "-._".utf8.contains($0) }
            guard isName, host.first != ".", !host.contains("..") else {
                throw Unusable("not a URL; its host cannot be a name")
            }
        }
        if let port {
            let isNumber = !port.isEmpty && port.utf8.allSatisfy(\.isDigit)
            guard isNumber, let number = UInt16(port), number > 0 else {
                throw Unusable("not a URL; its port must be a number from 1 to 65535")
            }
        }
        return host.lowercased()
    }
}

/// The sixteen bytes of an IPv6 address.
struct IPv6Address {
    private let bytes: in6_addr

    /// Nil if `text` is none; brackets do not belong to it.
    init?(_ text: some StringProtocol) {
        var bytes = in6_addr()
        guard inet_pton(AF_INET6, String(text), &bytes) == 1 else { return nil }
        self.bytes = bytes
    }

    /// Whether it is `::`, in whichever spelling.
    var isUnspecified: Bool {
        withUnsafeBytes(of: bytes) { $0.allSatisfy { $0 == 0 } }
    }
}

extension UInt8 {
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isLetterOrDigit: Bool { isDigit || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }
}
