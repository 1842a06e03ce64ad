import EventLoop
import HTTPTypes

/// A response whose head has come and whose body is read as it comes.
///
/// Confined to the loop of the request. One that is dropped before its end closes its connection.
public final class HTTPClientResponse {
    private let transfer: Transfer

    init(transfer: Transfer) {
        self.transfer = transfer
    }

    deinit {
        guard !transfer.isDone else { return }
        let transfer = LoopBound(transfer, on: transfer.loop)
        transfer.loop.execute { transfer.value.abandon() }
    }

    /// The status code.
    public var status: Int { transfer.head.status }
    /// The header fields.
    public var headers: HTTPFields { transfer.head.headers }

    func awaitHead(within limit: Duration?) async throws(HTTPClientError) {
        try await wait(within: limit, "no response head") { transfer.hasHead }
        if !transfer.hasHead {
            // libcurl does not call this a failure.
            throw HTTPClientError(
                .closedEarly,
                detail: "the connection ended in the response's head",
                url: transfer.url
            )
        }
    }

    /// Waits for bytes of the body and hands over all that have come.
    ///
    /// - Parameters:
    ///   - limit: how long to wait for the next bytes; nil for no limit.
    ///   - body: reads the bytes, which are valid during the call only.
    /// - Returns: false at the clean end of the body, when there was nothing more to hand over.
    /// - Throws: `HTTPClientError`, or what `body` throws.
    public func next(within limit: Duration?, _ body: (UnsafeRawBufferPointer) throws -> Void) async throws -> Bool {
        try await wait(within: limit, "no data") { transfer.hasBytes }
        guard transfer.hasBytes else { return false }
        try transfer.takeBytes(body)
        return true
    }

    /// Runs `body`, in which cancelling the task ends every wait for the response: cheaper than one by one.
    public func reading<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        try await transfer.signal.raisedByCancel(body)
    }

    /// Reads the rest of the body.
    ///
    /// - Parameters:
    ///   - limit: more bytes than this fail with `.tooLarge`.
    ///   - time: how long the whole may take.
    public func collect(upTo limit: Int, within time: Duration?) async throws(HTTPClientError) -> [UInt8] {
        let deadline = time.map { ContinuousClock.now + $0 }
        var all: [UInt8] = []
        do {
            while try await next(within: deadline.map { $0 - .now }, { all.append(contentsOf: $0) }) {
                guard all.count <= limit else {
                    cancel()
                    throw HTTPClientError(
                        .tooLarge,
                        detail: "the response is over \(limit) bytes",
                        url: transfer.url
                    )
                }
            }
        } catch let error as HTTPClientError {
            throw error
        } catch {
            throw HTTPClientError(.badResponse, detail: "\(error)", url: transfer.url)
        }
        return all
    }

    /// Closes the connection if the response is not complete.
    public func cancel() {
        transfer.abandon()
    }

    /// Waits until `isReady`, the end of the response, its failure, or the time-out.
    private func wait(
        within limit: Duration?,
        _ what: String,
        until isReady: () -> Bool
    ) async throws(HTTPClientError) {
        let loop = transfer.loop
        let deadline = limit.map { loop.now &+ $0.nanosecondsClamped }
        while true {
            guard !Task.isCancelled else {
                await transfer.close()
                throw HTTPClientError(.cancelled, detail: "the request was cancelled", url: transfer.url)
            }
            if isReady() { return }
            if let failure = transfer.failure { throw failure }
            if transfer.isDone { return }
            if let deadline, deadline <= loop.now {
                transfer.abandon()
                throw HTTPClientError(.timedOut, detail: "\(what) in time", url: transfer.url)
            }
            await transfer.waitForChange(until: deadline)
        }
    }
}
