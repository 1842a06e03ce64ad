import ArgumentParser
import EventLoop
import Foundation
import LLMConfiguration
import Models

/// Whether an execution could work, and what to do if not.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration, the provider, the key and the model.",
        discussion:
            "Ends with 0 if an execution can work, with 1 if something is missing, with 78 if the configuration is wrong."
    )

    @OptionGroup(title: "Model") var options: ModelOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions

    func run() async throws {
        let runner = try Runner(options, limits, Settings(), logger: .silent)
        let effective = runner.worker.effective
        print("ok    configuration: \(effective.provider.value) \(effective.model.value) at \(effective.baseURL.value)")
        let loop = runner.group.next()
        let findings = await loop.run { await runner.models.check(effective, on: loop) }
        for finding in findings {
            let mark = finding.failure == nil ? "ok   " : "wrong"
            print("\(mark) \(finding.subject.rawValue): \(finding.message)")
        }
        if findings.contains(where: { $0.failure != nil }) { throw ExitCode.failure }
    }
}
