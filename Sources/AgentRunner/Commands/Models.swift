import ArgumentParser
import EventLoop
import Foundation
import LLMConfiguration
import Models

/// What the configured providers offer.
struct Models: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the models that the configured providers offer right now."
    )

    @OptionGroup(title: "Model") var options: ModelOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions

    func run() async throws {
        let runner = try Runner(options, limits, Settings(), logger: .silent)
        let loop = runner.group.next()
        var offered = 0
        for configuration in runner.worker.configuredProviders {
            let result = await loop.run { () async -> Result<[String], ModelFailure> in
                do throws(ModelFailure) {
                    return .success(try await runner.models.listModels(configuration, on: loop))
                } catch {
                    return .failure(error)
                }
            }
            switch result {
            case .success(let models):
                for model in models { print("\(configuration.provider.value):\(model)") }
                offered += models.count
            case .failure(let failure):
                printError("\(configuration.provider.value): \(failure.message)")
            }
        }
        for (name, problem) in runner.worker.unusableProviders { printError("\(name): \(problem.message)") }
        if offered == 0 { throw ExitCode.failure }
    }
}
