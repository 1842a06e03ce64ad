import CCurl
import EventLoop

/// The connections that no transfer uses. Confined to its loop.
///
/// libcurl looks at them only when it makes a request: what their servers have closed would stay half closed, and the
/// others open for ever, if no request came. A sweep makes libcurl look, when one has been idle for too long or its
/// server has closed it.
final class IdleConnections {
    private let loop: EventLoop
    private let multi: OpaquePointer
    private let limit: Duration
    /// When a sweep will find that a connection is to be closed.
    private var due: [curl_socket_t: UInt64] = [:]
    private lazy var timer = LazyTimer(loop: loop) { [weak self] in self?.timeHasCome() }
    private lazy var sweeper = Self.sweeper(limit)

    /// libcurl counts the age in whole seconds, and looks no more than once a second.
    private static let curlsPace = Duration.milliseconds(1100)

    /// - Parameter limit: how long a connection may be idle, in whole seconds.
    init(loop: EventLoop, multi: OpaquePointer, limit: Duration) {
        self.loop = loop
        self.multi = multi
        self.limit = limit
    }

    /// No transfer uses it any more.
    func began(_ descriptor: curl_socket_t) { sweep(descriptor, in: limit + Self.curlsPace) }

    /// A transfer uses it again, or it is closed.
    func ended(_ descriptor: curl_socket_t) { due[descriptor] = nil }

    /// Its server has closed it, or said something that nobody asked for.
    func spoke(_ descriptor: curl_socket_t) { sweep(descriptor, in: Self.curlsPace) }

    func stop() {
        timer.stop()
        due = [:]
        if let sweeper { curl_easy_cleanup(UnsafeMutableRawPointer(sweeper)) }
        sweeper = nil
    }

    private func sweep(_ descriptor: curl_socket_t, in delay: Duration) {
        let time = loop.now &+ delay.nanosecondsClamped
        due[descriptor] = time
        if let deadline = timer.deadline, deadline <= time { return }
        timer.set(time)
    }

    private func timeHasCome() {
        let now = loop.now
        if due.values.contains(where: { $0 <= now }) {
            sweep()
            // One that libcurl has kept is in order: HTTP/2 speaks in between too.
            let next = now &+ (limit + Self.curlsPace).nanosecondsClamped
            for (descriptor, time) in due where time <= now { due[descriptor] = next }
        }
        if let next = due.values.min() { timer.set(next) }
    }

    /// Begins a request, which is when libcurl closes what is dead or too old; it ends before it has a socket.
    private func sweep() {
        guard let sweeper else { return }
        let (multi, easy) = (UnsafeMutableRawPointer(multi), UnsafeMutableRawPointer(sweeper))
        guard curl_multi_add_handle(multi, easy) == CURLM_OK else { return }
        var running: Int32 = 0
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
        curl_multi_remove_handle(multi, easy)
    }

    private static func sweeper(_ limit: Duration) -> OpaquePointer? {
        guard let easy = curl_easy_init() else { return nil }
        _ = ccurl_set_string(easy, CURLOPT_URL, "http://127.0.0.1:1/")
        _ = ccurl_set_string(easy, CURLOPT_PROXY, "")
        _ = ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        _ = ccurl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
        _ = ccurl_set_long(easy, CURLOPT_MAXAGE_CONN, Int(limit.components.seconds))
        _ = ccurl_set_open_function(easy, { _, _, _ in curl_socket_t(-1) }, nil)
        return OpaquePointer(easy)
    }
}
