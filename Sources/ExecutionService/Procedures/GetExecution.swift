import StigmerProtos

/// Shows an execution as it is now.
struct GetExecution: UnaryProcedure {
    static let rpc = "ai.stigmer.agentic.agentexecution.v1.AgentExecutionQueryController/get"
    static let rules = [
        HTTPRule<AgentExecutionId>(.get, "/v1/executions/{id}") { (request, values) throws(ServiceError) in
            request.value = values.parameter
        }
    ]

    let requests: ExecutionRequests

    func call(_ request: AgentExecutionId, _ info: CallInfo) async throws(ServiceError) -> AgentExecution {
        try await requests.log(of: request.value).snapshot
    }
}
