import EventLoop
import Foundation
import Synchronization

/// A server that is a child process and reads and writes lines of JSON.
final class StdioTransport: Transport {
    private typealias Receiver = @Sendable (TransportEvent) -> Void

    private struct State {
        var process: ChildProcess?
        var pipes: LoopBound<StdioPipes>?
        var receive: Receiver?
        /// What the process was killed for.
        var cause: MCPFailure?
        var isClosing = false
        var hasEnded = false
    }

    private let server: MCPServerConfiguration.StdioServer
    private let loop: EventLoop
    private let limits: MCPLimits
    private let clocks: MCPClocks
    private let state = Mutex(State())
    private let closed = Promise<Bool>()

    init(_ server: MCPServerConfiguration.StdioServer, loop: EventLoop, limits: MCPLimits, clocks: MCPClocks) {
        self.server = server
        self.loop = loop
        self.limits = limits
        self.clocks = clocks
    }

    func open(_ receive: @escaping @Sendable (TransportEvent) -> Void) async throws(MCPFailure) {
        state.withLock { $0.receive = receive }
        let process: ChildProcess
        switch await started() {
        case .success(let started): process = started
        case .failure(let error): throw MCPFailure(.notStarted, error.message)
        }
        let pipes = LoopBound(
            StdioPipes(process, loop: loop, limits: limits) { [weak self] event in self?.take(event) },
            on: loop
        )
        let isClosing = state.withLock { state in
            state.process = process
            state.pipes = pipes
            return state.isClosing
        }
        loop.execute { [weak self] in
            do {
                try pipes.value.open()
            } catch {
                self?.take(.ended(MCPFailure(.ended, "cannot be read from: \(error)")))
            }
        }
        // The process is not held: one that nobody holds any more is killed, and its end closes the pipes.
        loop.spawn { [weak self, loop, ending = process.ending] in
            let ending = await ending.wait(on: loop)
            pipes.value.drain()
            self?.processEnded(ending, pipes.value)
            pipes.value.closeAll()
        }
        if isClosing {
            await shutDown(process, pipes)
            throw .stopped
        }
    }

    func send(_ message: [UInt8], id: Int?) {
        guard let pipes = state.withLock({ $0.pipes }) else { return }
        if message.count > limits.messageBytes {
            if let id { take(.failed(id: id, MCPFailure(.tooMuch, "takes no message of \(message.count) bytes"))) }
            return
        }
        loop.execute { pipes.value.send(message) }
    }

    func abandon(_ id: Int) {}

    func agreed(on version: ProtocolVersion) {}

    func close() async {
        let (process, pipes, isFirst) = state.withLock { state in
            defer { state.isClosing = true }
            return (state.process, state.pipes, !state.isClosing)
        }
        guard let process, let pipes else { return }
        if isFirst {
            // A task of its own: a caller that is cancelled must not leave it half done.
            loop.spawn { await self.shutDown(process, pipes) }
        }
        _ = await closed.wait(on: loop)
    }

    /// Ends the input, waits, asks the group to end, waits, kills it.
    private func shutDown(_ process: ChildProcess, _ pipes: LoopBound<StdioPipes>) async {
        loop.execute { pipes.value.closeInput() }
        if await process.ending.wait(within: clocks.grace, on: loop) == nil {
            process.signal(SIGTERM)
            if await process.ending.wait(within: clocks.grace, on: loop) == nil {
                process.signal(SIGKILL)
                _ = await process.ending.wait(within: .seconds(2), on: loop)
            }
        }
        loop.execute { pipes.value.closeAll() }
        closed.fulfil(true)
    }

    /// Tells why: what it was killed for, or how it ended by itself.
    private func processEnded(_ ending: ChildProcess.Ending?, _ pipes: StdioPipes) {
        let cause = state.withLock { $0.cause } ?? MCPFailure(.ended, ending.map { "\($0)" } ?? "ended")
        tell(.ended(MCPFailure(cause.kind, cause.message + lastWords(pipes))))
    }

    /// What the pipes tell. That they have ended is told when the process has, for how it ended says more.
    private func take(_ event: TransportEvent) {
        guard case .ended(let failure) = event else { return tell(event) }
        loop.spawn { [self] in
            guard let process = state.withLock({ $0.process }) else { return }
            if failure.kind == .ended, await process.death.wait(within: clocks.grace, on: loop) != nil { return }
            state.withLock { $0.cause = $0.cause ?? failure }
            process.signal(SIGKILL)
        }
    }

    private func tell(_ event: TransportEvent) {
        let receive = state.withLock { state -> Receiver? in
            guard !state.hasEnded else { return nil }
            if case .ended = event { state.hasEnded = true }
            return state.receive
        }
        receive?(event)
    }

    private func lastWords(_ pipes: StdioPipes) -> String {
        let words = String(decoding: pipes.lastWords, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return words.isEmpty ? "" : "; its last words: \(words)"
    }

    /// Starting a process blocks, so it is not done on the loop.
    private func started() async -> Result<ChildProcess, ChildProcess.LaunchError> {
        var environment: [String: String] = [:]
        for name in MCPServerConfiguration.StdioServer.inheritedVariables {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        environment.merge(server.environment) { _, new in new }
        let launch = ChildProcess.Launch(
            program: server.command,
            arguments: server.arguments,
            environment: environment,
            workingDirectory: server.workingDirectory
        )
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    returning: Result { () throws(ChildProcess.LaunchError) in try ChildProcess.start(launch) }
                )
            }
        }
    }
}
