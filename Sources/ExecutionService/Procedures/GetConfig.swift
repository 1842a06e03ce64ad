import LLMConfiguration
import StigmerProtos

/// Shows the effective configuration with its origins, as it is or as a request with a model would have it.
struct GetConfig: UnaryProcedure {
    static let rpc = "ai.stigmer.agentic.agentrunner.v1.AgentRunnerService/GetConfig"
    static let rules = [
        HTTPRule<GetConfigRequest>(.get, "/v1/config", query: ["model"]) { (request, values) throws(ServiceError) in
            request.model = values.query["model"] ?? ""
        }
    ]

    let resolved: ResolvedRequests

    func call(_ request: GetConfigRequest, _ info: CallInfo) async throws(ServiceError) -> EffectiveConfig {
        do {
            return try resolved.resolve(RequestSettings(modelName: request.model)).shown
        } catch {
            throw ServiceError(error)
        }
    }
}
