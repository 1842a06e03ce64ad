import EventLoop
import Executions
import HTTPServer
import HTTPTypes
import StigmerProtos
import SwiftProtobuf

/// A streamed answer: frames what is written and knows how it must end. Confined to the caller's loop.
final class ResponseStream {
    let exchange: Exchange
    let framing: Framing
    private(set) var hasBegun = false
    private var hasEnded = false

    /// How long a stream may be silent before a comment shows that it lives.
    private let pingInterval: Duration
    /// About how much is encoded before it is written.
    private static let batch = 32 * 1024

    init(exchange: Exchange, framing: Framing, pingInterval: Duration) {
        self.pingInterval = pingInterval
        self.exchange = exchange
        self.framing = framing
    }

    func begin(executionID: String? = nil, headers more: HTTPFields = [:]) {
        guard !hasBegun else { return }
        hasBegun = true
        // nginx would otherwise hold tokens back.
        var headers: HTTPFields = [
            .contentType: framing.mediaType, .cacheControl: "no-cache", .accelBuffering: "no",
        ]
        if let executionID { headers.append(HTTPField(name: .executionID, value: executionID)) }
        headers.append(contentsOf: more)
        exchange.startStream(status: 200, headers: headers)
    }

    /// Answers without a stream: an EventSource that has read everything would otherwise come again for ever.
    ///
    /// https://html.spec.whatwg.org/multipage/server-sent-events.html: 204 tells it to stop.
    func nothingFollows() {
        guard !hasBegun else { return }
        hasBegun = true
        hasEnded = true
        exchange.respond(status: 204, headers: [.cacheControl: "no-cache"])
    }

    /// How writing came to its end.
    enum Outcome {
        /// Everything up to `finished` has been written.
        case complete
        /// The caller has left.
        case callerLeft
        /// The caller's time is over.
        case timedOut
    }

    /// Writes what `reader` has before it, first what is there, then what comes, until the log's end.
    func write(_ log: EventLog, _ reader: LogReader, timeout: Duration?) async -> Outcome {
        // Who asks for the head alone has it by now.
        guard exchange.head.method != .head else { return .complete }
        return await reader.signal.raisedByCancel { await writeAll(log, reader, timeout: timeout) }
    }

    private func writeAll(_ log: EventLog, _ reader: LogReader, timeout: Duration?) async -> Outcome {
        let encoder = EventEncoder(framing: framing)
        let pulse = pulse(timeout: timeout, signal: reader.signal)
        defer { pulse.stop() }
        while true {
            guard await exchange.drained() else { return .callerLeft }
            var continuation: EventLog.Continuation?
            exchange.write { out in
                let before = out.count
                continuation = try? log.read(reader, limit: Self.batch) { try encoder.append($0, to: &out) }
                if out.count != before { pulse.wrote() }
            }
            switch continuation {
            case nil:
                // An event that cannot be encoded must not be missing in silence: a cut tells that it is.
                exchange.abort()
                return .callerLeft
            case .ended: return .complete
            case .more:
                // A caller who takes everything at once must not keep the loop from the others.
                await Task.yield()
                continue
            case .waiting: break
            }
            if pulse.isTimedOut { return .timedOut }
            ping(pulse)
            await reader.signal.wait()
        }
    }

    /// Begins to watch over a stream that waits for `signal`.
    func pulse(timeout: Duration?, signal: Signal) -> Pulse {
        Pulse(loop: exchange.loop, interval: pingInterval, timeout: timeout, signal: signal)
    }

    /// Shows that the stream lives, if it has been silent for long.
    func ping(_ pulse: Pulse) {
        guard pulse.takePing(), case .serverSentEvents = framing else { return }
        exchange.write { $0.append(contentsOf: ": ping\n\n".utf8) }
    }

    /// Writes one message that is no log entry.
    func write(_ message: some Message, name: String) throws(ServiceError) {
        do {
            let bytes = try framing.encoding.encode(message)
            exchange.write { out in
                framing.append(to: &out, name: name, id: nil) { $0.append(contentsOf: bytes) }
            }
        } catch {
            throw ServiceError(.internal, "the answer cannot be encoded: \(error)")
        }
    }

    /// Ends the stream. Without Connect's end frame only a cut tells the caller of an error that no event told.
    func end(_ error: ServiceError?) {
        guard hasBegun, !hasEnded else { return }
        hasEnded = true
        if framing.isConnect {
            exchange.write { out in
                Framing.envelope(flags: 2, to: &out) { out in
                    guard let error else { return out.append(contentsOf: "{}".utf8) }
                    out.append(contentsOf: "{\"error\":".utf8)
                    out.append(contentsOf: error.json)
                    out.append(UInt8(ascii: "}"))
                }
            }
            exchange.finish()
        } else if error != nil {
            exchange.abort()
        } else {
            exchange.finish()
        }
    }

    /// Ends a stream of events as its execution ended: Connect has a place of its own for an error.
    func end(as finished: ExecutionEvent.Finished?) {
        guard framing.isConnect, let finished, finished.hasError else { return end(nil) }
        end(ServiceError(.init(rawValue: finished.error.code) ?? .unknown, finished.error.message))
    }
}
