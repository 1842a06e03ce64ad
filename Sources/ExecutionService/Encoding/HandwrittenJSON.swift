import Agents
import StigmerProtos
import Synchronization
import WireJSON

/// A message whose JSON is written by hand, because every execution writes it and SwiftProtobuf takes ten times as long.
///
/// What is written is proto3's mapping, as `jsonBytes()` gives it; the tests compare the two.
protocol HandwrittenJSON {
    /// - Returns: false, with `writer` as it was, if there is something in the message that the hand does not know.
    func write(to writer: inout JSONWriter) -> Bool
}

extension EffectiveConfig: HandwrittenJSON {
    /// The last that were written: callers and executions in a row mostly have the same.
    private static let written = Mutex<[(config: EffectiveConfig, json: [UInt8])]>([])
    private static let remembered = 8

    func write(to writer: inout JSONWriter) -> Bool {
        guard let json else { return false }
        writer.value(json)
        return true
    }

    /// Nil if there is something in the message that the hand does not know.
    fileprivate var json: [UInt8]? {
        // A copy of the same message is found by its identity, without a look at its settings.
        if let json = Self.written.withLock({ $0.first { $0.config == self }?.json }) { return json }
        guard isPlain else { return nil }
        var writer = JSONWriter()
        writeSettings(to: &writer)
        Self.written.withLock { [json = writer.bytes] written in
            if written.count >= Self.remembered { written.removeFirst() }
            written.append((self, json))
        }
        return writer.bytes
    }

    /// Whether every value is text, a finite number or null.
    private var isPlain: Bool {
        unknownFields.data.isEmpty && !settings.isEmpty
            && settings.values.allSatisfy { setting in
                switch setting.value.kind {
                case .stringValue, .nullValue: true
                case .numberValue(let number): number.isFinite
                default: false
                }
            }
    }

    private func writeSettings(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("settings")
            writer.object { writer in
                for (name, setting) in settings.sorted(by: { $0.key < $1.key }) {
                    writer.key(name)
                    writer.object { setting.write(to: &$0) }
                }
            }
        }
    }
}

extension EffectiveSetting {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.key("value")
        switch value.kind {
        case .stringValue(let text): writer.string(text)
        case .numberValue(let number): writer.number(number)
        default: writer.null()
        }
        writer.text("origin", origin)
    }
}

extension ExecutionEvent: HandwrittenJSON {
    func write(to writer: inout JSONWriter) -> Bool {
        // The runner's times are in whole milliseconds of the years 1970 to 9999.
        guard hasTime, time.nanos % 1_000_000 == 0, (0...253_402_300_799).contains(time.seconds),
            unknownFields.data.isEmpty
        else { return false }
        switch event {
        case .started(let started):
            guard let config = started.config.json else { return false }
            write("started", to: &writer) { writer in
                writer.text("executionId", started.executionID)
                writer.key("config")
                writer.value(config)
            }
        case .messageCompleted(let completed):
            let message = completed.message
            guard message.type == .messageAi, message.toolCalls.isEmpty, !message.hasMetadata,
                completed.reasoningBlocks.isEmpty
            else { return false }
            write("messageCompleted", to: &writer) { completed.write(to: &$0) }
        case .finished(let finished):
            guard let phase = finished.phase.word else { return false }
            write("finished", to: &writer) { writer in
                writer.text("phase", phase)
                finished.write(to: &writer)
            }
        default:
            return false
        }
        return true
    }

    private func write(
        _ kind: StaticString,
        to writer: inout JSONWriter,
        _ fields: (inout JSONWriter) -> Void
    ) {
        writer.object { writer in
            writer.text("cursor", cursor)
            let milliseconds = time.seconds * 1000 + Int64(time.nanos) / 1_000_000
            writer.text("time", Surroundings.timestamp(milliseconds: milliseconds))
            writer.key(kind)
            writer.object(fields)
        }
    }
}

extension ExecutionEvent.MessageCompleted {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.key("message")
        writer.object { writer in
            writer.text("type", "MESSAGE_AI")
            writer.text("content", message.content)
            writer.text("timestamp", message.timestamp)
        }
        writer.text("reasoning", reasoning)
        writer.text("stopReason", stopReason)
        if hasUsage { usage.write(to: &writer) }
    }
}

extension ExecutionEvent.Finished {
    fileprivate func write(to writer: inout JSONWriter) {
        if hasError {
            writer.key("error")
            writer.object { writer in
                writer.text("code", error.code)
                writer.text("message", error.message)
            }
        }
        if hasUsage { usage.write(to: &writer) }
        guard hasTimings else { return }
        writer.key("timings")
        writer.object { writer in
            writer.int("queuedMs", timings.hasQueuedMs ? timings.queuedMs : nil)
            writer.int("firstTokenMs", timings.hasFirstTokenMs ? timings.firstTokenMs : nil)
            writer.int("totalMs", timings.hasTotalMs ? timings.totalMs : nil)
        }
    }
}

extension TokenUsage {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.key("usage")
        writer.object { writer in
            writer.int("inputTokens", hasInputTokens ? inputTokens : nil)
            writer.int("outputTokens", hasOutputTokens ? outputTokens : nil)
            writer.int("cachedInputTokens", hasCachedInputTokens ? cachedInputTokens : nil)
        }
    }
}

extension ExecutionPhase {
    fileprivate var word: String? {
        switch self {
        case .executionCompleted: "EXECUTION_COMPLETED"
        case .executionFailed: "EXECUTION_FAILED"
        case .executionCancelled: "EXECUTION_CANCELLED"
        default: nil
        }
    }
}

extension JSONWriter {
    /// A field of text; proto3 leaves an empty one out.
    fileprivate mutating func text(_ name: StaticString, _ value: String) {
        guard !value.isEmpty else { return }
        key(name)
        string(value)
    }

    /// An optional field of a whole number.
    fileprivate mutating func int(_ name: StaticString, _ value: Int32?) {
        guard let value else { return }
        key(name)
        int(Int(value))
    }

    /// A number as `jsonBytes()` writes it: a whole one without a fraction.
    fileprivate mutating func number(_ value: Double) {
        if let whole = Int(exactly: value), !(value == 0 && value.sign == .minus) { int(whole) } else { double(value) }
    }
}
