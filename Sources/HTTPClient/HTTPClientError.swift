import CCurl
import Foundation

/// Why a request got no whole response.
public struct HTTPClientError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure that a caller may want to tell apart.
    public enum Kind: Sendable, Equatable {
        /// The URL is none, or not `http` or `https`.
        case badURL
        /// The host's name has no address.
        case resolveFailed
        /// Nobody accepts connections there.
        case connectFailed
        /// No connection within the request's `connectTimeout`.
        case connectTimedOut
        /// The TLS handshake failed.
        case tlsFailed
        /// The server's certificate is not to be trusted: its root is unknown, its time is over, or its name is another.
        case certificateRefused
        /// The head did not come, or the body paused, for longer than the caller waits.
        case timedOut
        /// The connection ended before the response did.
        case closedEarly
        /// What came is not HTTP.
        case badResponse
        /// More than the caller takes.
        case tooLarge
        /// The task was cancelled or the response abandoned.
        case cancelled
    }

    /// What happened.
    public let kind: Kind
    /// The words of libcurl, or ours, for a person.
    public let detail: String
    /// The address without user information and query.
    public let url: String

    /// Makes an error about a request to `url`.
    public init(_ kind: Kind, detail: String, url: String) {
        self.kind = kind
        self.detail = detail
        self.url = HTTPClientError.printable(url)
    }

    /// The address and what happened there.
    public var description: String { "\(url): \(detail)" }

    private static func printable(_ url: String) -> String {
        let plain = url.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = plain.range(of: "://"), let at = plain.lastIndex(of: "@"), at > scheme.upperBound else {
            return String(plain)
        }
        return String(plain[..<scheme.upperBound] + plain[plain.index(after: at)...])
    }

    init(code: CURLcode, detail: String, url: String) {
        let words = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        var kind = HTTPClientError.kind(of: code)
        let scheme = url.prefix { $0 != ":" }.lowercased()
        // libcurl has the same code for a scheme that it does not speak and for an answer that is not HTTP, and calls
        // a malformed chunk a failure to receive.
        if code == CURLE_UNSUPPORTED_PROTOCOL && (scheme == "http" || scheme == "https")
            || code == CURLE_RECV_ERROR && words.contains("chunked-encoding")
        {
            kind = .badResponse
        }
        self.init(kind, detail: words, url: url)
    }

    /// libcurl's codes: https://curl.se/libcurl/c/libcurl-errors.html
    private static func kind(of code: CURLcode) -> Kind {
        switch code {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .badURL
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolveFailed
        case CURLE_COULDNT_CONNECT: .connectFailed
        case CURLE_OPERATION_TIMEDOUT: .connectTimedOut
        case CURLE_PEER_FAILED_VERIFICATION: .certificateRefused
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED:
            .tlsFailed
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_HTTP2,
            CURLE_HTTP2_STREAM:
            .closedEarly
        case CURLE_ABORTED_BY_CALLBACK: .cancelled
        // What libcurl says of a header line of more than 100 KB.
        case CURLE_OUT_OF_MEMORY: .tooLarge
        default: .badResponse
        }
    }
}
