import AgentDefinitions
import ArgumentParser
import Foundation

/// The agents that are defined here.
struct AgentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents",
        abstract: "List the agents that are defined here, and check them.",
        discussion: "Ends with 1 if one of them is not in order."
    )

    @OptionGroup var options: AgentOptions

    func run() async throws {
        let definitions = try options.definitions(Settings())
        let entries = definitions.list()
        if entries.isEmpty { print("no agent is defined in \(definitions.directory)") }
        for entry in entries {
            let tools = entry.definition.tools + entry.definition.servers.map { $0.name + "__*" }
            print("\(entry.id)  \(entry.definition.description)")
            if !tools.isEmpty { print("    tools: \(tools.joined(separator: ", "))") }
            for problem in entry.problems { print("    wrong: \(problem)") }
        }
        if entries.contains(where: { !$0.problems.isEmpty }) { throw ExitCode.failure }
    }
}
