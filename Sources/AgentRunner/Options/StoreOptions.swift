import ArgumentParser
import Executions
import Foundation
import SQLiteStore

/// Where executions are kept, and for how long.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder in which executions are kept. STIGMER_DATA_DIR. (default: ~/.stigmer/agent-runner)",
            valueName: "folder"
        ),
        completion: .directory
    )
    var dataDir: String?

    @Flag(help: "Keep executions in memory only: a restart forgets them. STIGMER_NO_STORE=true.")
    var noStore = false

    @Option(help: "For how long executions that have ended are kept, in days. STIGMER_KEEP_DAYS. (default: 30)")
    var keepDays: String?

    @Option(help: "How many executions that have ended are kept. STIGMER_KEEP_EXECUTIONS. (default: 100000)")
    var keepExecutions: String?

    func retention(_ settings: Settings) throws(StartError) -> Retention {
        Retention(
            age: .seconds(86_400 * (try settings.count("keep-days", keepDays, default: 30))),
            count: try settings.count("keep-executions", keepExecutions, default: 100_000)
        )
    }

    /// The folder's path; nil if nothing is to be kept on disk.
    func directory(_ settings: Settings) throws(StartError) -> String? {
        if try settings.flag("no-store", noStore) { return nil }
        let home = ProcessInfo.processInfo.environment["HOME"] ?? NSHomeDirectory()
        guard let path = try settings.path("data-dir", dataDir) else {
            guard home.hasPrefix("/") else {
                throw StartError("HOME is not set, so there is no folder for executions: give --data-dir or --no-store")
            }
            return home + "/.stigmer/agent-runner"
        }
        return path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : path
    }
}
