import ArgumentParser
import ExecutionService
import Foundation
import LLMConfiguration
import Models

/// The effective settings and where each came from.
struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show every setting, its value and where it came from."
    )

    @Option(help: "Show what a request with this model would use.")
    var model: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Model") var options: ModelOptions

    func run() async throws {
        do throws(ConfigurationError) {
            let worker = try options.worker()
            let effective = try worker.resolve(RequestSettings(modelName: model))
            print(json ? effective.json(pretty: true) : table(effective))
        } catch {
            guard json else { throw error }
            print(RunnerService.errorShape(error))
            throw ExitCode(StartError.configurationExitCode)
        }
    }

    private func table(_ effective: EffectiveConfiguration) -> String {
        let rows = [("setting", "value", "origin")] + effective.rows.map { ($0.name, "\($0.value)", $0.origin) }
        let nameWidth = rows.map(\.0.count).max() ?? 0
        let valueWidth = rows.map(\.1.count).max() ?? 0
        return rows.map { name, value, origin in
            name.padding(toLength: nameWidth + 2, withPad: " ", startingAt: 0)
                + value.padding(toLength: valueWidth + 2, withPad: " ", startingAt: 0) + origin
        }.joined(separator: "\n")
    }
}
