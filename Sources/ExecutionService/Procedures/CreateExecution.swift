import StigmerProtos

/// Starts an execution in the background and answers at once; it outlives the caller.
struct CreateExecution: UnaryProcedure {
    static let rpc = "ai.stigmer.agentic.agentexecution.v1.AgentExecutionCommandController/create"
    static let rules = [HTTPRule<AgentExecution>(.post, "/v1/executions", takesBody: true)]

    let requests: ExecutionRequests

    func call(_ request: AgentExecution, _ info: CallInfo) async throws(ServiceError) -> AgentExecution {
        let (log, execution) = try await requests.start(request, info)
        execution?.detachFromCallers()
        try await requests.committed()
        return log.snapshot
    }
}
