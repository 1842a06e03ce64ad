import EventLoop
import Models

/// What a tool tells while it works, as a few events a second and not too much of it. Confined to its loop.
///
/// `@unchecked Sendable`: it is touched on its loop alone.
final class ToolReports: @unchecked Sendable {
    private static let interval: Duration = .milliseconds(250)
    /// Bytes that one call may tell.
    private static let most = 64 * 1024

    private let name: String
    private let loop: EventLoop
    private let say: @Sendable (String) -> Void
    private var text = ""
    private var told = 0
    private var timer: LoopTimer?
    private var isClosed = false

    init(call: ModelToolCall, loop: EventLoop, say: @escaping @Sendable (String) -> Void) {
        name = call.name
        self.loop = loop
        self.say = say
    }

    func add(_ text: String) {
        guard !isClosed, told < Self.most else { return }
        let room = Self.most - told
        told += text.utf8.count
        self.text += text.utf8.count > room ? String(decoding: text.utf8.prefix(room), as: UTF8.self) + "…" : text
        if timer == nil { timer = loop.schedule(after: Self.interval) { [weak self] in self?.flush() } }
    }

    /// Tells what is left; what comes later is not told.
    func close() {
        isClosed = true
        flush()
    }

    private func flush() {
        timer?.cancel()
        timer = nil
        guard !text.isEmpty else { return }
        say("\(name): \(text)")
        text = ""
    }
}
