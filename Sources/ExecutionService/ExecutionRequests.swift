import Executions
import LLMConfiguration
import StigmerProtos

/// What every procedure that starts an execution does with its request: check it, resolve it, start it.
struct ExecutionRequests: Sendable {
    let engine: ExecutionEngine
    let resolved: ResolvedRequests

    static let apiVersion = "agentic.stigmer.ai/v1"
    static let kind = "AgentExecution"

    /// Starts an execution that is in the store when this returns, or finds the one that the same `Idempotency-Key`
    /// has led to.
    ///
    /// - Returns: the log, and the execution if it is at work.
    func start(
        _ request: AgentExecution,
        _ info: CallInfo
    ) async throws(ServiceError) -> (log: EventLog, execution: Execution?) {
        let request = try checked(request)
        let key = try idempotencyKey(info)
        let configuration: EffectiveConfiguration
        do {
            configuration = try resolved.resolve(RequestSettings(request.spec.executionConfig)).configuration
        } catch {
            throw ServiceError(error)
        }
        do throws(ExecutionRefused) {
            try await engine.check(request)
            guard let key else {
                let execution = try engine.start(
                    request,
                    configuration: configuration,
                    caller: info.caller,
                    on: info.loop
                )
                return (execution.log, execution)
            }
            return try await engine.startOnce(
                request,
                key: key,
                configuration: configuration,
                caller: info.caller,
                on: info.loop
            )
        } catch {
            throw error.code == .resourceExhausted ? .exhausted(error.message) : ServiceError(error)
        }
    }

    /// Returns when what was started is in the store: before that nobody may know of it.
    func committed() async throws(ServiceError) {
        do { try await engine.committed() } catch { throw ServiceError(error) }
    }

    /// Printable characters without spaces around them; the limit is far beyond any UUID.
    private func idempotencyKey(_ info: CallInfo) throws(ServiceError) -> String? {
        guard let key = info.headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count) else {
            throw .invalid("the Idempotency-Key must have 1 to 255 characters, not \(key.utf8.count)")
        }
        return key
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

    /// The log of the execution with this id.
    func log(of id: String) async throws(ServiceError) -> EventLog {
        try await found(id) { () async throws(StoreError) in try await engine.log(of: id) }
    }

    /// What `find` finds of the execution with this id.
    func found<Found>(
        _ id: String,
        _ find: () async throws(StoreError) -> Found?
    ) async throws(ServiceError) -> Found {
        guard !id.isEmpty else { throw .invalid("the execution's id is missing: it looks like aex_01j…") }
        let found: Found?
        do { found = try await find() } catch { throw ServiceError(error) }
        guard let found else { throw ServiceError(.notFound, "no execution has the id \(id.debugDescription)") }
        return found
    }
}

extension RequestSettings {
    /// What a request says about the model.
    ///
    /// - Parameter startedWith: the configuration that the execution has begun with, if it has: it goes on with that
    ///   model, whatever the runner's own is by now.
    public init(_ config: ExecutionConfig, startedWith: EffectiveConfig? = nil) {
        var model = config.modelName
        if let settings = startedWith?.settings, let provider = settings["provider"]?.value.stringValue,
            let name = settings["model"]?.value.stringValue, !provider.isEmpty, !name.isEmpty
        {
            model = "\(provider):\(name)"
        }
        self.init(
            modelName: model,
            temperature: config.hasTemperature ? config.temperature : nil,
            maxTokens: config.hasMaxTokens ? Int(config.maxTokens) : nil
        )
    }
}
