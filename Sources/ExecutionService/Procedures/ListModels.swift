import Failures
import LLMConfiguration
import Models
import StigmerProtos

/// Lists what the configured providers offer right now; one that cannot be asked is named with the reason.
struct ListModels: UnaryProcedure {
    static let rpc = "ai.stigmer.agentic.agentrunner.v1.AgentRunnerService/ListModels"
    static let rules = [HTTPRule<ListModelsRequest>(.get, "/v1/models")]

    let worker: WorkerConfiguration
    let models: ModelClient

    func call(_ request: ListModelsRequest, _ info: CallInfo) async throws(ServiceError) -> ListModelsResponse {
        await withTaskGroup(of: ListModelsResponse.self) { group in
            for configuration in worker.configuredProviders {
                group.addTask { await offer(of: configuration, info) }
            }
            var all = ListModelsResponse()
            all.problems = worker.unusableProviders.map { Self.problem($0.name, $0.problem) }
            for await one in group {
                all.models += one.models
                all.problems += one.problems
            }
            all.models.sort { ($0.provider, $0.id) < ($1.provider, $1.id) }
            all.problems.sort { $0.provider < $1.provider }
            return all
        }
    }

    private func offer(of configuration: EffectiveConfiguration, _ info: CallInfo) async -> ListModelsResponse {
        let provider = configuration.provider.value
        do throws(ModelFailure) {
            let offered = try await models.listModels(configuration, on: info.loop)
            return .with { response in
                response.models = offered.map { model in
                    .with {
                        $0.provider = provider
                        $0.id = model
                    }
                }
            }
        } catch {
            return .with { $0.problems = [Self.problem(provider, error)] }
        }
    }

    private static func problem(_ provider: String, _ failure: some CodedFailure) -> ProviderProblem {
        .with {
            $0.provider = provider
            $0.code = failure.code.rawValue
            $0.message = failure.message
        }
    }
}
