import Executions
import LLMConfiguration
import StigmerProtos

/// What every procedure that starts an execution does with its request: check it, resolve it, start it.
struct ExecutionRequests: Sendable {
    let engine: ExecutionEngine
    let resolved: ResolvedRequests

    static let apiVersion = "agentic.stigmer.ai/v1"
    static let kind = "AgentExecution"

    func start(_ request: AgentExecution, _ info: CallInfo) throws(ServiceError) -> Execution {
        let request = try checked(request)
        let configuration: EffectiveConfiguration
        do {
            configuration = try resolved.resolve(RequestSettings(request.spec.executionConfig)).configuration
        } catch {
            throw ServiceError(error)
        }
        do {
            return try engine.start(request, configuration: configuration, caller: info.caller, on: info.loop)
        } catch {
            throw error.code == .resourceExhausted ? .exhausted(error.message) : ServiceError(error)
        }
    }

    /// Fills in what may be left out and refuses what is wrong; what the runner itself assigns is not taken over.
    private func checked(_ request: AgentExecution) throws(ServiceError) -> AgentExecution {
        var request = request
        request.apiVersion = try filled(request.apiVersion, "api_version", Self.apiVersion)
        request.kind = try filled(request.kind, "kind", Self.kind)
        guard !request.spec.message.isEmpty else {
            throw .invalid("spec.message is empty: it must say what the agent is to do")
        }
        request.clearStatus()
        return request
    }

    private func filled(_ value: String, _ name: String, _ known: String) throws(ServiceError) -> String {
        guard value.isEmpty || value == known else {
            throw .invalid("\(name) must be \(known.debugDescription) or left out, not \(value.debugDescription)")
        }
        return known
    }

    /// The execution with this id.
    func find(_ id: String) throws(ServiceError) -> Execution {
        guard !id.isEmpty else { throw .invalid("the execution's id is missing: it looks like aex_01j…") }
        guard let execution = engine.execution(id) else {
            throw ServiceError(.notFound, "no execution has the id \(id.debugDescription)")
        }
        return execution
    }
}

extension RequestSettings {
    init(_ config: ExecutionConfig) {
        self.init(
            modelName: config.modelName,
            temperature: config.hasTemperature ? config.temperature : nil,
            maxTokens: config.hasMaxTokens ? Int(config.maxTokens) : nil
        )
    }
}
