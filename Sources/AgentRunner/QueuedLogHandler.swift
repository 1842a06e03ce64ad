import Dispatch
import EventLoop
import Foundation
import Logging
import Synchronization

/// Writes log lines to standard error on a queue of its own, so that a log reader that stalls stalls no event loop.
///
/// At most `LogSink.capacity` lines wait; further ones are dropped and counted, and the count is logged.
struct QueuedLogHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]
    private let sink: LogSink

    init(sink: LogSink) { self.sink = sink }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = "\(Date().formatted(.iso8601)) \(event.level) \(event.message)"
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(Self.quoted("\(value)"))" }
        sink.write(line)
    }

    /// One event stays one line, and a value stays one word.
    private static func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "\"" && $0 != "=" }
        return isPlain ? value : value.debugDescription
    }

    /// Waits until everything logged so far has been written, but not forever for a reader that stalls.
    static func flush(_ logger: Logger, atMost seconds: Double = 1) async {
        guard let handler = logger.handler as? QueuedLogHandler else { return }
        let isOver = Signal()
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { isOver.raise() }
        Task {
            await handler.sink.flush()
            isOver.raise()
        }
        await isOver.wait()
    }
}

/// The queue behind a log handler.
final class LogSink: Sendable {
    static let capacity = 10_000

    private struct State {
        var waiting = 0
        var dropped = 0
    }

    private let queue = DispatchQueue(label: "log")
    private let state = Mutex(State())
    private let output: FileHandle

    init(output: FileHandle = .standardError) {
        self.output = output
    }

    /// How many lines have not been written yet.
    var waitingLines: Int { state.withLock { $0.waiting } }

    func write(_ line: String) {
        let dropped = state.withLock { state -> Int? in
            guard state.waiting < LogSink.capacity else {
                state.dropped += 1
                return nil
            }
            state.waiting += 1
            defer { state.dropped = 0 }
            return state.dropped
        }
        guard let dropped else { return }
        queue.async { [self] in
            let notice = dropped == 0 ? "" : "warning \(dropped) log lines were dropped: nobody read them in time\n"
            // Where the log itself fails there is nowhere left to say so.
            try? output.write(contentsOf: Data("\(notice)\(line)\n".utf8))
            state.withLock { $0.waiting -= 1 }
        }
    }

    func flush() async {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume() }
        }
    }
}

extension Logger {
    /// For commands whose output is their result.
    static let silent = Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() }
}
