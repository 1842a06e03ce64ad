import Executions
import StigmerProtos

/// Lists executions, the latest first.
struct ListExecutions: UnaryProcedure {
    static let rpc = "ai.stigmer.agentic.agentexecution.v1.AgentExecutionQueryController/list"
    static let rules = [
        HTTPRule<ListAgentExecutionsRequest>(
            .get,
            "/v1/executions",
            query: ["page_size", "page_token", "phase", "tags", "session_id"]
        ) { (request, values) throws(ServiceError) in
            request.pageSize = try values.int("page_size") ?? 0
            request.pageToken = values.query["page_token"] ?? ""
            request.phase = try phase(values.query["phase"] ?? "")
            request.tags = (values.query["tags"] ?? "").split(separator: ",").map(String.init)
            request.sessionID = values.query["session_id"] ?? ""
        }
    ]

    let pages: ExecutionPages

    func call(_ request: ListAgentExecutionsRequest, _ info: CallInfo) async throws(ServiceError) -> AgentExecutionList
    {
        let query = ExecutionQuery(phase: request.phase, session: request.sessionID, tags: request.tags, limit: 1)
        return try await pages.page(query, size: request.pageSize, token: request.pageToken)
    }

    /// `EXECUTION_FAILED`, or `failed` for short.
    private static func phase(_ text: String) throws(ServiceError) -> ExecutionPhase {
        if text.isEmpty { return .unspecified }
        let word = text.lowercased()
        let short = word.hasPrefix("execution_") ? String(word.dropFirst("execution_".count)) : word
        if let phase = phases[short] { return phase }
        let known = phases.keys.sorted().joined(separator: ", ")
        throw .invalid("no phase is called \(text.debugDescription): there are \(known)")
    }

    private static let phases: [String: ExecutionPhase] = [
        "pending": .executionPending, "in_progress": .executionInProgress, "completed": .executionCompleted,
        "failed": .executionFailed, "cancelled": .executionCancelled,
    ]
}

/// Lists a session's executions, the latest first.
struct ListExecutionsBySession: UnaryProcedure {
    static let rpc = "ai.stigmer.agentic.agentexecution.v1.AgentExecutionQueryController/listBySession"
    static let rules: [HTTPRule<ListAgentExecutionsBySessionRequest>] = []

    let pages: ExecutionPages

    func call(
        _ request: ListAgentExecutionsBySessionRequest,
        _ info: CallInfo
    ) async throws(ServiceError) -> AgentExecutionList {
        guard !request.sessionID.isEmpty else {
            throw .invalid("session_id is missing: it says whose executions to list")
        }
        let query = ExecutionQuery(session: request.sessionID, limit: 1)
        return try await pages.page(query, size: request.pageSize, token: request.pageToken)
    }
}
