import CCurl
import EventLoop

/// One loop's libcurl: its transfers, its connections, its sockets and its timer. Confined to its loop.
///
/// libcurl must not be called from inside its own callbacks, so what they bring about waits for the turn's end.
final class CurlMulti: TurnEnding {
    let loop: EventLoop
    /// The roots that servers' certificates may lead to, in place of the system's.
    let caFile: String?
    private let handle: OpaquePointer
    private lazy var sockets = CurlSockets(multi: self)
    private var idle: [EasyHandle] = []
    private var active: [OpaquePointer: Transfer] = [:]
    private var starting: [Transfer] = []
    private var ending: [Transfer] = []
    private var resuming: [Transfer] = []
    private var isAtEndOfTurn = false
    private var deadline: UInt64?
    private lazy var alarm = LazyTimer(loop: loop) { [weak self] in self?.askForEndOfTurn() }
    private var isShutDown = false

    init?(loop: EventLoop, caFile: String?) {
        guard let handle = curl_multi_init() else { return nil }
        self.loop = loop
        self.caFile = caFile
        self.handle = OpaquePointer(handle)
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = ccurl_multi_set_socket_function(handle, socketChanged, context)
        _ = ccurl_multi_set_timer_function(handle, timerChanged, context)
        // The default of 100 makes every further HTTP/2 stream open a connection of its own.
        _ = ccurl_multi_set_long(handle, CURLMOPT_MAX_CONCURRENT_STREAMS, 1000)
        // The default of four for each running transfer closes the pool of a busy moment as soon as it is over.
        _ = ccurl_multi_set_long(handle, CURLMOPT_MAXCONNECTS, 256)
    }

    /// Ends every transfer; on the loop.
    func shutDown() {
        isShutDown = true
        for transfer in drain(&starting) { endUnstarted(transfer) }
        for transfer in active.values { finish(transfer, CURLE_ABORTED_BY_CALLBACK) }
        for easy in idle { easy.close() }
        idle = []
        curl_multi_cleanup(UnsafeMutableRawPointer(handle))
    }

    // MARK: Transfers

    func takeEasy(for request: HTTPClientRequest) throws(HTTPClientError) -> EasyHandle {
        if let easy = idle.popLast() { return easy }
        guard let easy = EasyHandle(multi: self) else {
            throw HTTPClientError(.connectFailed, detail: "libcurl has no more handles", url: request.url)
        }
        return easy
    }

    func begin(_ transfer: Transfer) {
        starting.append(transfer)
        askForEndOfTurn()
    }

    /// Ends a transfer that is not done; its connection is closed.
    func abandon(_ transfer: Transfer) {
        guard !isShutDown else { return }
        ending.append(transfer)
        askForEndOfTurn()
    }

    func resume(_ transfer: Transfer) {
        guard !isShutDown else { return }
        resuming.append(transfer)
        askForEndOfTurn()
    }

    private func askForEndOfTurn() {
        guard !isAtEndOfTurn else { return }
        isAtEndOfTurn = true
        loop.atEndOfTurn(self)
    }

    func turnEnded() {
        isAtEndOfTurn = false
        guard !isShutDown else { return }
        for transfer in drain(&ending) where active[transfer.easy.handle] === transfer {
            finish(transfer, CURLE_ABORTED_BY_CALLBACK)
        }
        for transfer in drain(&starting) { start(transfer) }
        for transfer in drain(&resuming) where active[transfer.easy.handle] === transfer {
            curl_easy_pause(UnsafeMutableRawPointer(transfer.easy.handle), Int32(CURLPAUSE_CONT))
        }
        if let deadline, deadline <= loop.now {
            self.deadline = nil
            act(on: CURL_SOCKET_TIMEOUT, 0)
        }
        takeMessages()
        // libcurl moves its timer with almost every event, and most often to now: only what is left at the end counts.
        if let deadline { alarm.set(deadline) } else { alarm.clear() }
    }

    private func drain(_ list: inout [Transfer]) -> [Transfer] {
        guard !list.isEmpty else { return [] }
        defer { list.removeAll(keepingCapacity: true) }
        return list
    }

    private func start(_ transfer: Transfer) {
        guard !transfer.isDone else { return endUnstarted(transfer) }
        active[transfer.easy.handle] = transfer
        let code = curl_multi_add_handle(
            UnsafeMutableRawPointer(handle),
            UnsafeMutableRawPointer(transfer.easy.handle)
        )
        if code != CURLM_OK { finish(transfer, CURLE_FAILED_INIT) }
    }

    private func endUnstarted(_ transfer: Transfer) {
        transfer.ended(CURLE_ABORTED_BY_CALLBACK)
        recycle(transfer.easy)
    }

    private func takeMessages() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(UnsafeMutableRawPointer(handle), &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let transfer = active[OpaquePointer(easy)]
            else { continue }
            finish(transfer, ccurl_message_result(message))
        }
    }

    private func finish(_ transfer: Transfer, _ code: CURLcode) {
        active[transfer.easy.handle] = nil
        curl_multi_remove_handle(
            UnsafeMutableRawPointer(handle),
            UnsafeMutableRawPointer(transfer.easy.handle)
        )
        transfer.ended(code)
        recycle(transfer.easy)
    }

    private func recycle(_ easy: EasyHandle) {
        if idle.count < 256 && !isShutDown {
            easy.forgetRequest()
            idle.append(easy)
        } else {
            easy.close()
        }
    }

    // MARK: Sockets and time

    func act(on descriptor: curl_socket_t, _ mask: Int32) {
        guard !isShutDown else { return }
        var running: Int32 = 0
        curl_multi_socket_action(UnsafeMutableRawPointer(handle), descriptor, mask, &running)
        askForEndOfTurn()
    }

    fileprivate func watch(_ descriptor: curl_socket_t, _ what: Int32, isKnown: Bool) {
        if what == CURL_POLL_REMOVE {
            sockets.rest(descriptor)
            curl_multi_assign(UnsafeMutableRawPointer(handle), descriptor, nil)
            return
        }
        var interest: Interest = []
        if what & CURL_POLL_IN != 0 { interest.insert(.read) }
        if what & CURL_POLL_OUT != 0 { interest.insert(.write) }
        do {
            try sockets.watch(descriptor, for: interest)
        } catch {
            // Unwatched, the transfer runs into libcurl's own connect time-out or the caller's clock.
            return
        }
        guard !isKnown else { return }
        let mark = Unmanaged.passUnretained(self).toOpaque()
        curl_multi_assign(UnsafeMutableRawPointer(handle), descriptor, mark)
    }

    func opened(_ descriptor: curl_socket_t) { sockets.opened(descriptor) }

    func close(_ descriptor: curl_socket_t) { sockets.close(descriptor) }

    fileprivate func setTimer(milliseconds: Int) {
        deadline = milliseconds < 0 ? nil : loop.now + UInt64(milliseconds) * 1_000_000
        askForEndOfTurn()
    }
}

private func multi(_ context: UnsafeMutableRawPointer?) -> CurlMulti? {
    // The context is the CurlMulti that registered the callback, which outlives its handle.
    context.map { Unmanaged<CurlMulti>.fromOpaque($0).takeUnretainedValue() }
}

private let socketChanged: curl_socket_callback = { _, descriptor, what, context, mark in
    multi(context)?.watch(descriptor, what, isKnown: mark != nil)
    return 0
}

private let timerChanged: ccurl_timer_function = { _, milliseconds, context in
    multi(context)?.setTimer(milliseconds: milliseconds)
    return 0
}
