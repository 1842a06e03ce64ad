import CCurl
import EventLoop

/// One request on its way and its response as it comes in. Confined to its loop.
final class Transfer {
    /// With this many unread bytes the peer is not read any more, until all of them have been taken.
    static let highWater = 256 * 1024
    /// An empty buffer keeps at most this much memory.
    static let keptCapacity = 64 * 1024
    /// More header bytes than this are refused.
    static let headLimit = 64 * 1024

    let easy: EasyHandle
    let url: String
    let signal = Signal()
    private let multi: CurlMulti

    private(set) var head = ResponseHead()
    private(set) var hasHead = false
    private(set) var isDone = false
    /// Whether libcurl is done with it too.
    private(set) var hasEnded = false
    private(set) var failure: HTTPClientError?
    private var headBytes = 0
    private var buffer: [UInt8] = []
    private var isPaused = false

    private lazy var watchdog = LazyTimer(loop: loop) { [signal] in signal.raise() }

    init(_ request: HTTPClientRequest, easy: EasyHandle, multi: CurlMulti) throws(HTTPClientError) {
        self.easy = easy
        self.multi = multi
        url = request.url
        try easy.prepare(request, for: self)
    }

    var loop: EventLoop { multi.loop }
    var hasBytes: Bool { !buffer.isEmpty }

    // MARK: From libcurl

    func receivedHeader(_ line: UnsafeRawBufferPointer) -> Int {
        headBytes += line.count
        guard headBytes <= Transfer.headLimit else {
            failure = HTTPClientError(
                .tooLarge,
                detail: "the response's head is over \(Transfer.headLimit) bytes",
                url: url
            )
            return 0
        }
        // Trailers come after the body and say nothing that is used.
        guard !hasHead else { return line.count }
        head.take(line)
        if head.isComplete {
            hasHead = true
            signal.raise()
        }
        return line.count
    }

    func receivedBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        if buffer.count >= Transfer.highWater {
            isPaused = true
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        if buffer.isEmpty { signal.raise() }
        buffer.append(contentsOf: bytes)
        return bytes.count
    }

    func ended(_ code: CURLcode) {
        isDone = true
        hasEnded = true
        if code != CURLE_OK && failure == nil {
            failure = HTTPClientError(code: code, detail: easy.lastError, url: url)
        }
        watchdog.stop()
        signal.raise()
    }

    // MARK: To the reader

    /// Gives away what has come, and lets more come.
    func takeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        defer {
            // One large burst must not hold its memory for the rest of a long stream.
            buffer.removeAll(keepingCapacity: buffer.capacity <= Transfer.keptCapacity)
            if isPaused {
                isPaused = false
                multi.resume(self)
            }
        }
        return try buffer.withUnsafeBytes(body)
    }

    /// Abandons the transfer and returns when libcurl has let its connection go, which takes to the turn's end.
    func close() async {
        abandon()
        while !hasEnded { await Task.yield() }
    }

    func abandon() {
        guard !isDone else { return }
        isDone = true
        failure = failure ?? HTTPClientError(.cancelled, detail: "the request was cancelled", url: url)
        watchdog.stop()
        signal.raise()
        multi.abandon(self)
    }

    /// Waits for a change, no longer than until `deadline` on the loop's clock; may return early.
    func waitForChange(until deadline: UInt64?) async {
        guard let deadline else { return await signal.wait() }
        watchdog.set(deadline)
        await signal.wait()
        watchdog.clear()
    }
}
