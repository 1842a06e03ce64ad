import ArgumentParser
import EventLoop
import ExecutionService
import Executions
import Foundation
import LLMConfiguration
import Logging
import StigmerProtos

/// One execution in the terminal, without a server.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask once and show the answer as it comes.",
        discussion: "The message is read from standard input if it is piped or given as \"-\". Ctrl-C cancels."
    )

    /// Bytes; as much as the service takes of a request.
    private static let maxMessage = 4 * 1024 * 1024

    @Argument(help: "What the agent is to do.")
    var message: String?

    @Flag(help: "Print the events as JSON, one a line.")
    var json = false

    @Option(help: "The agent that is to do it, by its file's name in the agents' folder.")
    var agent: String?

    @OptionGroup(title: "Agents") var agents: AgentOptions
    @OptionGroup(title: "Model") var model: ModelOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions

    func run() async throws {
        let text = try readMessage()
        let settings = Settings()
        let runner = try Runner(
            model,
            limits,
            settings,
            agents: try agents.definitions(settings),
            logger: .silent
        )
        let loop = runner.group.next()
        let request = AgentExecution.with {
            $0.spec.message = text
            $0.spec.agentID = agent ?? ""
        }
        try await runner.engine.check(request)
        let execution = try runner.engine.start(request, configuration: runner.worker.effective, on: loop)

        let stop = StopSignals()
        stop.onFirst { execution.cancel(.requested) }
        stop.onSecond { endNow(130) }
        let finished = try await show(execution)
        switch finished?.phase {
        case .executionCompleted: return
        case .executionCancelled: throw ExitCode(130)
        default: throw ExitCode.failure
        }
    }

    private func readMessage() throws -> String {
        var text = message
        if text == "-" || (text == nil && isatty(STDIN_FILENO) == 0) {
            var data = Data()
            // An endless input is not read to its end.
            while data.count <= Self.maxMessage, let part = try FileHandle.standardInput.read(upToCount: 1 << 16),
                !part.isEmpty
            {
                data += part
            }
            guard data.count <= Self.maxMessage else {
                throw ValidationError("Standard input is over \(Self.maxMessage) bytes, the longest message.")
            }
            guard let read = String(data: data, encoding: .utf8) else {
                throw ValidationError("Standard input is not UTF-8.")
            }
            text = read.trimmingCharacters(in: .newlines)
        }
        guard let text, !text.isEmpty else {
            throw ValidationError("There is no message: agent-runner run \"Say hello\", or pipe one in.")
        }
        return text
    }

    private func show(_ execution: Execution) async throws -> ExecutionEvent.Finished? {
        let view: any ExecutionView = json ? JSONView() : TerminalView(execution.configuration)
        guard let reader = try? execution.log.attach() else { return nil }
        while true {
            switch try execution.log.read(reader, limit: 16 * 1024, { try view.take($0) }) {
            case .more: view.flush()
            case .waiting:
                view.flush()
                await reader.signal.wait()
            case .ended:
                view.flush()
                return execution.log.finished
            }
        }
    }
}
