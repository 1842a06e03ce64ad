import CCurl
import EventLoop

/// Sends HTTP requests with libcurl on the loops of a group; each loop has its own pool of connections.
///
/// Redirects are not followed, no content encoding is asked for, certificates are verified.
public final class HTTPClient: Sendable {
    /// Something is wrong with libcurl itself.
    public struct SetUpError: Error, CustomStringConvertible {
        /// What could not be set up.
        public let description: String
    }

    private let multis: [LoopBound<CurlMulti>]
    private let counters = ClientCounters()

    /// Whether the server is told at once when an HTTP/2 request is cancelled.
    ///
    /// libcurl from 7.88 to 8.14 keeps the reset back, so the server goes on and a model's answer is paid for that
    /// nobody reads: https://github.com/curl/curl/issues/17611. With HTTP/1.1 the connection is closed.
    public static let cancelsHTTP2: Bool = {
        let version = ccurl_version_number()
        return version < 0x07_58_00 || version >= 0x08_0F_00
    }()

    /// Makes a client for the loops of `group`.
    ///
    /// - Parameters:
    ///   - caFile: a file of roots in PEM that servers' certificates may lead to, in place of the system's
    ///     file; roots that libcurl finds in a folder of the system's, as on Debian, stay trusted.
    ///   - idleLimit: how long a connection without a request is kept, in whole seconds from 1; one that its server
    ///     closes goes within two seconds. A loop keeps at most 256.
    ///   - usesHTTP2: whether HTTP/2 is spoken with servers that offer it on TLS, so that requests share a connection.
    public init(
        group: EventLoopGroup,
        caFile: String? = nil,
        idleLimit: Duration = .seconds(90),
        usesHTTP2: Bool = HTTPClient.cancelsHTTP2
    ) throws(SetUpError) {
        guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK else {
            throw SetUpError(description: "libcurl cannot be initialised")
        }
        var multis: [LoopBound<CurlMulti>] = []
        for loop in group.loops {
            guard
                let multi = CurlMulti(
                    loop: loop,
                    caFile: caFile,
                    idleLimit: idleLimit,
                    usesHTTP2: usesHTTP2,
                    counters: counters
                )
            else {
                throw SetUpError(description: "libcurl has no more handles")
            }
            multis.append(LoopBound(multi, on: loop))
        }
        self.multis = multis
    }

    deinit {
        for multi in multis {
            multi.loop.execute { multi.value.shutDown() }
        }
    }

    /// What the client has done and holds.
    public var figures: HTTPClientFigures {
        HTTPClientFigures(
            openConnections: counters.connections.load(ordering: .relaxed),
            requests: counters.requests.load(ordering: .relaxed),
            receivedBytes: counters.bytes.load(ordering: .relaxed)
        )
    }

    /// Sends a request and waits for the response's head.
    ///
    /// Call it from a task that runs on `loop`, one of the group's. Cancelling that task closes the socket.
    ///
    /// - Parameter headTimeout: how long to wait for the head after the call; nil for no limit.
    public func send(
        _ request: HTTPClientRequest,
        on loop: EventLoop,
        headTimeout: Duration? = nil
    ) async throws(HTTPClientError) -> HTTPClientResponse {
        let multi = multis[loop.index].value
        let transfer = try Transfer(request, easy: multi.takeEasy(for: request), multi: multi)
        multi.begin(transfer)
        let response = HTTPClientResponse(transfer: transfer)
        try await response.awaitHead(within: headTimeout)
        return response
    }
}
