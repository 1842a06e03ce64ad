import CSpawn
import Foundation
import Synchronization

/// A child process in a session of its own, with our ends of its three standard streams.
///
/// When it ends, however that came, everything that it has started ends too, before its number is free for others.
final class ChildProcess: Sendable {
    /// How it ended.
    enum Ending: Sendable, Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    /// What starts.
    struct Launch: Sendable {
        var program: String
        var arguments: [String]
        var environment: [String: String]
        var workingDirectory: String?
    }

    /// Why nothing started: the rest of a sentence that begins with the server's name.
    struct LaunchError: Error {
        let message: String
    }

    let number: pid_t
    /// A socket, as Node's children have it: a write to one whose reader has gone raises no signal.
    let input: Int32
    let output: Int32
    let errors: Int32
    /// Comes when it has ended, while what it has started may still live.
    let death: Promise<Bool>
    /// How it ended, once it has and nothing of it is left.
    let ending: Promise<Ending>
    private let state: SharedState

    private final class SharedState: Sendable {
        /// Whether the number may belong to another process.
        let isReaped = Mutex(false)
    }

    /// Starts a program; blocks for the time that takes.
    static func start(_ launch: Launch) throws(LaunchError) -> ChildProcess {
        let mark = ProcessMark.next()
        let streams = try ChildStreams()
        let number = try spawn(launch, mark, streams)
        streams.closeTheirs()
        return ChildProcess(number, streams, mark)
    }

    private init(_ number: pid_t, _ streams: ChildStreams, _ mark: ProcessMark) {
        self.number = number
        input = streams.input
        output = streams.output
        errors = streams.errors
        let (state, death, ending) = (SharedState(), Promise<Bool>(), Promise<Ending>())
        self.state = state
        self.death = death
        self.ending = ending
        let waiter = Thread {
            Self.waitUntilOver(number)
            death.fulfil(true)
            // The number is still taken: the dead process has not been asked for its status.
            mark.killAll(session: number)
            let status = state.isReaped.withLock { isReaped in
                isReaped = true
                return Self.status(of: number)
            }
            ending.fulfil(status)
        }
        waiter.stackSize = 256 << 10
        waiter.start()
    }

    deinit { signal(SIGKILL) }

    /// Sends a signal to the process and all of its group, if it is not over.
    func signal(_ signal: Int32) {
        state.isReaped.withLock { isReaped in
            if !isReaped { _ = kill(-number, signal) }
        }
    }

    private static func waitUntilOver(_ number: pid_t) {
        var info = siginfo_t()
        while waitid(P_PID, id_t(number), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
    }

    private static func status(of number: pid_t) -> Ending {
        var status: Int32 = 0
        while waitpid(number, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7f
        return signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal: signal)
    }
}

extension ChildProcess.Ending: CustomStringConvertible {
    /// The rest of a sentence: `ended with exit code 1`.
    var description: String {
        switch self {
        case .exited(let code): "ended with exit code \(code)"
        case .killed(let signal): "was ended by signal \(signal)"
        }
    }
}
