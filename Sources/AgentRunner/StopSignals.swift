import Dispatch
import EventLoop
import Foundation
import Synchronization

/// Ctrl-C and SIGTERM as events: what to do at the first and at the second.
final class StopSignals: Sendable {
    private struct State {
        var count = 0
        var onFirst: (@Sendable () -> Void)?
        var onSecond: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let sources: Sources

    init() {
        sources = Sources(
            all: [SIGINT, SIGTERM].map { number in
                signal(number, SIG_IGN)
                return DispatchSource.makeSignalSource(signal: number, queue: .global())
            }
        )
        for source in sources.all {
            source.setEventHandler { [weak self] in self?.arrived() }
            source.activate()
        }
    }

    private func arrived() {
        let action = state.withLock { state in
            state.count += 1
            return state.count == 1 ? state.onFirst : state.onSecond
        }
        action?()
    }

    /// Calls `action` at the first signal; at once if it has come already.
    func onFirst(_ action: @escaping @Sendable () -> Void) {
        let hasCome = state.withLock { state in
            state.onFirst = action
            return state.count >= 1
        }
        if hasCome { action() }
    }

    /// Calls `action` at the second signal and each that follows; at once if it has come already.
    func onSecond(_ action: @escaping @Sendable () -> Void) {
        let hasCome = state.withLock { state in
            state.onSecond = action
            return state.count >= 2
        }
        if hasCome { action() }
    }

    /// Waits for the first.
    func first() async {
        let arrived = Signal()
        onFirst { arrived.raise() }
        await arrived.wait()
    }
}

/// SIGHUP as an event.
final class HangUps: Sendable {
    private let sources: Sources

    /// Calls `action` for each, one at a time and on no loop.
    init(_ action: @escaping @Sendable () -> Void) {
        signal(SIGHUP, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: DispatchQueue(label: "hang-ups"))
        source.setEventHandler(handler: action)
        source.activate()
        sources = Sources(all: [source])
    }

    /// Ends it; SIGHUP has no effect from then on.
    func stop() {
        for source in sources.all { source.cancel() }
    }
}

/// Keeps Dispatch's sources alive.
///
/// `@unchecked Sendable`: after their makers' `init` nobody touches them but Dispatch.
private struct Sources: @unchecked Sendable {
    let all: [any DispatchSourceSignal]
}

/// Ends the process now, whatever else it is doing.
func endNow(_ code: Int32) {
    exit(code)
}

/// Lets the process have as many descriptors as the system allows: a stream takes two.
func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// Opens what is closed of standard input, output and error on /dev/null.
///
/// Else the first sockets and files would get their numbers, and what is printed or logged would go there.
func occupyStandardDescriptors() {
    var descriptor: Int32 = 0
    while (0...STDERR_FILENO).contains(descriptor) { descriptor = open("/dev/null", O_RDWR) }
    if descriptor > STDERR_FILENO { close(descriptor) }
}
