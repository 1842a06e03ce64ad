import CSpawn

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One command at work behind its walls.
///
/// It belongs to the thread that runs it: bubblewrap ends, with all that is in it, when that thread does, so nothing is
/// left behind even if the runner is killed.
struct SandboxedProcess {
    /// Why it is over.
    enum End: Equatable {
        case exited(Int32)
        case signalled(Int32)
        case notStarted(Int32)
        case cancelled, tooLong, tooMuchMemory, tooManyProcesses
    }

    /// What came of it.
    struct Outcome {
        let end: End
        let output: String
    }

    private let sandbox: Sandbox
    private let command: String
    private let seconds: Int

    init(_ sandbox: Sandbox, _ command: String, seconds: Int) {
        self.sandbox = sandbox
        self.command = command
        self.seconds = seconds
    }

    /// Runs it to its end.
    func run(_ cancellation: Cancellation, report: @escaping @Sendable (String) -> Void) -> Outcome {
        var kept = KeptOutput(limit: sandbox.limits.outputBytes)
        var streamed = StreamedOutput(limit: sandbox.limits.reportedBytes, report)
        let process: pid_t
        let output: Descriptor
        // Two of them are bubblewrap's.
        let processLimit = ProcessLimit(sandbox.limits.processes + 2)
        defer { withExtendedLifetime(processLimit) {} }
        do throws(SystemError) {
            (process, output) = try start(processLimit)
        } catch {
            return Outcome(end: .notStarted(error.code), output: "")
        }
        let deadline = ContinuousClock.now + .seconds(seconds)
        var nextLook = ContinuousClock.now
        var isOpen = true
        var end: End?
        while end == nil {
            if cancellation.isCancelled {
                end = .cancelled
            } else if ContinuousClock.now >= deadline {
                end = .tooLong
            } else {
                if ContinuousClock.now >= nextLook {
                    let began = ContinuousClock.now
                    end = excess(of: process)
                    // On a machine with thousands of processes a look takes its time: then it is taken more rarely.
                    nextLook = .now + max(.milliseconds(100), (.now - began) * 10)
                }
                if isOpen { isOpen = read(output, &kept, &streamed, waiting: 20) } else { _ = poll(nil, 0, 2) }
                if end == nil { end = status(of: process) }
            }
        }
        if case .exited = end {} else if case .signalled = end {} else { stop(process) }
        // With bubblewrap gone the kernel ends the rest; the output ends when the last of them has.
        let patience = ContinuousClock.now + .seconds(1)
        while isOpen, ContinuousClock.now < patience { isOpen = read(output, &kept, &streamed, waiting: 20) }
        streamed.flush(isLast: true)
        return Outcome(end: end ?? .cancelled, output: kept.text)
    }

    private func excess(of process: pid_t) -> End? {
        let tree = ProcessTree(of: process)
        // Two of them are bubblewrap's.
        if tree.processes > sandbox.limits.processes + 2 { return .tooManyProcesses }
        if tree.memoryBytes > sandbox.limits.memoryBytes { return .tooMuchMemory }
        return nil
    }

    /// - Returns: whether there may be more.
    private func read(
        _ output: Descriptor,
        _ kept: inout KeptOutput,
        _ streamed: inout StreamedOutput,
        waiting milliseconds: Int32
    ) -> Bool {
        var wanted = pollfd(fd: output.number, events: Int16(POLLIN), revents: 0)
        let isReady = poll(&wanted, 1, milliseconds) > 0
        defer { streamed.flush() }
        guard isReady else { return true }
        do throws(SystemError) {
            let bytes = try output.readOnce(atMost: 64 * 1_024)
            kept.append(bytes[...])
            streamed.append(bytes[...])
            return !bytes.isEmpty
        } catch {
            return error.code == EAGAIN
        }
    }

    private func status(of process: pid_t) -> End? {
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) == process else { return nil }
        let signal = status & 0x7f
        return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
    }

    private func stop(_ process: pid_t) {
        kill(-process, SIGKILL)
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    private func start(_ limit: ProcessLimit?) throws(SystemError) -> (pid_t, Descriptor) {
        var ends: [Int32] = [0, 0]
        try SystemError.check { cspawn_pipe(&ends) }
        let output = Descriptor(ends[0])
        let input = Descriptor(ends[1])
        try SystemError.check { cspawn_set_nonblocking(output.number) }
        let line = sandbox.commandLine(command)
        let process = try Spawn.start(limit?.entering(line) ?? line, sandbox.environment, output: input.number)
        return (process, output)
    }
}
