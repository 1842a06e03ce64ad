import CCurl
import EventLoop

/// The sockets of one loop's libcurl, as the loop watches them. Confined to the loop.
///
/// libcurl gives up watching a connection at the end of each answer and begins again with the next request on it. A
/// connection that rests in between stays registered, which saves two system calls a request: all that can come on it
/// is its end, and that libcurl looks for itself before it uses the connection again.
final class CurlSockets {
    private unowned let multi: CurlMulti
    private var watched: [curl_socket_t: WatchedSocket] = [:]
    /// Those that libcurl opens and closes by our functions; it has others, of its own threads.
    private var connections: Set<curl_socket_t> = []

    init(multi: CurlMulti) {
        self.multi = multi
    }

    private var loop: EventLoop { multi.loop }

    /// Begins to watch a socket, or watches it for something else.
    func watch(_ descriptor: curl_socket_t, for interest: Interest) throws(EventLoopError) {
        if let socket = watched[descriptor] {
            socket.isResting = false
            guard socket.interest != interest else { return }
            socket.interest = interest
            loop.setInterest(interest, of: descriptor)
        } else {
            let socket = WatchedSocket(descriptor, interest, self)
            try loop.watch(descriptor, for: interest, trigger: .level, socket)
            watched[descriptor] = socket
        }
    }

    /// Takes note that libcurl wants to hear nothing of a socket for now.
    func rest(_ descriptor: curl_socket_t) {
        guard let socket = watched[descriptor] else { return }
        if socket.interest == .read && connections.contains(descriptor) {
            socket.isResting = true
        } else {
            forget(descriptor)
        }
    }

    private func forget(_ descriptor: curl_socket_t) {
        watched[descriptor] = nil
        loop.unwatch(descriptor, closing: false)
    }

    fileprivate func ready(_ socket: WatchedSocket, _ events: ReadyEvents) {
        guard !socket.isResting else { return forget(socket.descriptor) }
        var mask: Int32 = 0
        if events.contains(.readable) { mask |= CURL_CSELECT_IN }
        if events.contains(.writable) { mask |= CURL_CSELECT_OUT }
        multi.act(on: socket.descriptor, mask)
    }

    func opened(_ descriptor: curl_socket_t) {
        connections.insert(descriptor)
    }

    func close(_ descriptor: curl_socket_t) {
        watched[descriptor] = nil
        connections.remove(descriptor)
        loop.unwatch(descriptor, closing: true)
    }
}

private final class WatchedSocket: ReadinessWatcher {
    let descriptor: curl_socket_t
    var interest: Interest
    var isResting = false
    private unowned let sockets: CurlSockets

    init(_ descriptor: curl_socket_t, _ interest: Interest, _ sockets: CurlSockets) {
        self.descriptor = descriptor
        self.interest = interest
        self.sockets = sockets
    }

    func ready(_ events: ReadyEvents) { sockets.ready(self, events) }
}
