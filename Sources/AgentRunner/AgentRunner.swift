import ArgumentParser
import Failures
import Foundation
import LLMConfiguration

/// The program.
struct AgentRunner: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent-runner",
        abstract: "Runs AI agents on the model of your choice and streams what they do.",
        discussion: """
            With nothing configured it uses Ollama's qwen2.5-coder at http://localhost:11434. Every setting comes from \
            the request, a flag, the environment, the config file or a default, in that order; "agent-runner config" \
            shows which.
            """,
        version: "0.1.0",
        subcommands: [Serve.self, Run.self, Config.self, Models.self, AgentsCommand.self, Doctor.self]
    )
}

@main
enum Program {
    static func main() async {
        occupyStandardDescriptors()
        do {
            var command = try AgentRunner.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as ConfigurationError {
            printError("agent-runner: \(error.message)")
            endNow(StartError.configurationExitCode)
        } catch let error as StartError {
            printError("agent-runner: \(error)")
            endNow(StartError.configurationExitCode)
        } catch let error as any CodedFailure {
            printError("agent-runner: \(error.message)")
            endNow(EXIT_FAILURE)
        } catch {
            AgentRunner.exit(withError: error)
        }
    }
}
