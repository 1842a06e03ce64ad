import AgentDefinitions
import ArgumentParser
import Foundation

/// Where agents are defined.
struct AgentOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder in which agents are defined. STIGMER_AGENTS_DIR. (default: ~/.stigmer/agents)",
            valueName: "folder"
        ),
        completion: .directory
    )
    var agentsDir: String?

    func definitions(_ settings: Settings) throws(StartError) -> AgentDefinitions {
        let home = ProcessInfo.processInfo.environment["HOME"] ?? NSHomeDirectory()
        let path = try settings.path("agents-dir", agentsDir) ?? home + "/.stigmer/agents"
        let folder = path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : path
        return AgentDefinitions(
            directory: folder.hasPrefix("/") ? folder : FileManager.default.currentDirectoryPath + "/" + folder
        )
    }
}
