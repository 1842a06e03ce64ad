import CCurl
import EventLoop

/// A socket of libcurl's that a loop watches. Confined to its loop.
final class CurlSocket: ReadinessWatcher {
    private unowned let multi: CurlMulti
    private let descriptor: curl_socket_t
    /// What it is watched for.
    var interest: Interest
    /// Whether no transfer uses it.
    var isIdle = false

    init(multi: CurlMulti, descriptor: curl_socket_t, interest: Interest) {
        self.multi = multi
        self.descriptor = descriptor
        self.interest = interest
    }

    func ready(_ events: ReadyEvents) {
        if isIdle { return multi.idleSocketSpoke(descriptor) }
        var mask: Int32 = 0
        if events.contains(.readable) { mask |= CURL_CSELECT_IN }
        if events.contains(.writable) { mask |= CURL_CSELECT_OUT }
        multi.act(on: descriptor, mask)
    }
}
