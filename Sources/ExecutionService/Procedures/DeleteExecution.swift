import Executions
import StigmerProtos

/// Forgets an execution, stopping it first if it is at work, and shows what it was.
struct DeleteExecution: UnaryProcedure {
    static let rpc = "ai.stigmer.agentic.agentexecution.v1.AgentExecutionCommandController/delete"
    static let rules = [
        HTTPRule<ApiResourceId>(.delete, "/v1/executions/{id}") { (request, values) throws(ServiceError) in
            request.value = values.parameter
        }
    ]

    let requests: ExecutionRequests

    func call(_ request: ApiResourceId, _ info: CallInfo) async throws(ServiceError) -> AgentExecution {
        try await requests.found(request.value) { () async throws(StoreError) in
            try await requests.engine.delete(request.value)
        }
    }
}
