import Executions
import StigmerProtos

/// Stops an execution and answers when it has ended, its upstream connection closed. Harmless when repeated.
struct CancelExecution: UnaryProcedure {
    static let rpc = "ai.stigmer.agentic.agentexecution.v1.AgentExecutionCommandController/cancel"
    static let rules = [
        HTTPRule<AgentExecutionId>(.post, "/v1/executions/{id}:cancel") { (request, values) throws(ServiceError) in
            request.value = values.parameter
        }
    ]

    let requests: ExecutionRequests

    func call(_ request: AgentExecutionId, _ info: CallInfo) async throws(ServiceError) -> AgentExecution {
        try await requests.found(request.value) { () async throws(StoreError) in
            try await requests.engine.cancel(request.value, .requested)
        }.snapshot
    }
}
