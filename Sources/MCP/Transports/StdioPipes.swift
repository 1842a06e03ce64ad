import LineStreams
import EventLoop
import Foundation
import WireJSON

/// Our ends of a child's streams. Confined to its loop.
final class StdioPipes {
    private let loop: EventLoop
    private let limits: MCPLimits
    private let receive: (TransportEvent) -> Void
    /// The descriptors; nil once closed.
    private var input: Int32?
    private var output: Int32?
    private var errors: Int32?
    /// What has not been written yet.
    private var outbox: [UInt8] = []
    private var isWatchingInput = false
    private var lines: LineDecoder
    private(set) var lastWords: [UInt8] = []

    init(
        _ process: ChildProcess,
        loop: EventLoop,
        limits: MCPLimits,
        _ receive: @escaping (TransportEvent) -> Void
    ) {
        self.loop = loop
        self.limits = limits
        self.receive = receive
        lines = LineDecoder(limit: limits.messageBytes)
        (input, output, errors) = (process.input, process.output, process.errors)
    }

    /// Begins to read.
    func open() throws(EventLoopError) {
        if let output {
            try loop.watch(output, for: .read, trigger: .level, Watcher { [weak self] in _ = self?.readOutput() })
        }
        if let errors {
            try loop.watch(errors, for: .read, trigger: .level, Watcher { [weak self] in _ = self?.readErrors() })
        }
    }

    /// Writes a line; what the child does not take at once is kept, up to a limit.
    func send(_ message: [UInt8]) {
        guard input != nil else { return }
        guard outbox.count + message.count < 2 * limits.messageBytes else {
            return end(.tooMuch, "does not read its input: more than \(2 * limits.messageBytes) bytes wait")
        }
        outbox += message
        outbox.append(UInt8(ascii: "\n"))
        flush()
    }

    /// Tells the child that nothing more will come.
    func closeInput() {
        isWatchingInput = false
        close(&input)
        outbox = []
    }

    /// Reads what the child has left: nobody writes any more.
    func drain() {
        while readOutput() {}
        while readErrors() {}
    }

    func closeAll() {
        closeInput()
        close(&output)
        close(&errors)
    }

    private func flush() {
        guard let descriptor = input else { return }
        #if os(Linux)
            let flags = Int32(MSG_NOSIGNAL)
        #else
            let flags: Int32 = 0
        #endif
        while !outbox.isEmpty {
            let count = Foundation.send(descriptor, outbox, outbox.count, flags)
            if count > 0 {
                outbox.removeFirst(count)
            } else if errno == EAGAIN {
                break
            } else if errno != EINTR {
                // It reads no more. What it still writes, and its end, tell why.
                return closeInput()
            }
        }
        watchInput(!outbox.isEmpty)
    }

    private func watchInput(_ isNeeded: Bool) {
        guard let input, isNeeded != isWatchingInput else { return }
        isWatchingInput = isNeeded
        guard isNeeded else { return loop.unwatch(input, closing: false) }
        do {
            try loop.watch(input, for: .write, trigger: .level, Watcher { [weak self] in self?.flush() })
        } catch {
            end(.ended, "cannot be written to: \(error)")
        }
    }

    /// Hands over the messages that have come; false if there were no bytes.
    private func readOutput() -> Bool {
        guard let descriptor = output else { return false }
        let count = read(descriptor, loop.scratch.baseAddress, loop.scratch.count)
        if count < 0, errno == EAGAIN || errno == EINTR { return false }
        guard count > 0 else {
            end(.ended, "closed its output")
            return false
        }
        do {
            try lines.decode(UnsafeRawBufferPointer(rebasing: loop.scratch[..<count])) { line in
                guard !line.isEmpty else { return }
                if let value = JSONValue.parsed(line) {
                    receive(.message(value))
                } else {
                    receive(.garbage(String(decoding: line.prefix(200), as: UTF8.self)))
                }
            }
        } catch {
            end(.tooMuch, "sent a message of over \(limits.messageBytes) bytes")
            return false
        }
        return true
    }

    /// Keeps the end of what has come; false if there were no bytes.
    private func readErrors() -> Bool {
        guard let descriptor = errors else { return false }
        let count = read(descriptor, loop.scratch.baseAddress, loop.scratch.count)
        guard count > 0 else {
            if count == 0 { close(&errors) }
            return false
        }
        lastWords += UnsafeRawBufferPointer(rebasing: loop.scratch[..<count])
        lastWords.removeFirst(max(0, lastWords.count - limits.lastWordsBytes))
        return true
    }

    private func end(_ kind: MCPFailure.Kind, _ why: String) {
        closeInput()
        close(&output)
        receive(.ended(MCPFailure(kind, why)))
    }

    private func close(_ descriptor: inout Int32?) {
        guard let open = descriptor else { return }
        descriptor = nil
        loop.unwatch(open, closing: true)
    }

    private final class Watcher: ReadinessWatcher {
        private let body: () -> Void

        init(_ body: @escaping () -> Void) { self.body = body }

        func ready(_ events: ReadyEvents) { body() }
    }
}
