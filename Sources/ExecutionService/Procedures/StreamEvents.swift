import Executions
import StigmerProtos

/// Streams an execution from any place on: what is past, then what comes.
struct StreamEvents: StreamingProcedure {
    static let rpc = "ai.stigmer.agentic.agentrunner.v1.AgentRunnerService/StreamEvents"
    static let rules = [
        HTTPRule<StreamEventsRequest>(.get, "/v1/executions/{id}/events", query: ["after"]) {
            (request, values) throws(ServiceError) in
            request.executionID = values.parameter
            // A browser that reconnects repeats the URL and adds the place where it was cut.
            request.after = values.headers[.lastEventID] ?? values.query["after"] ?? ""
        }
    ]

    let requests: ExecutionRequests

    func call(
        _ request: StreamEventsRequest, _ info: CallInfo, _ stream: ResponseStream
    ) async throws(ServiceError) {
        let execution = try requests.find(request.executionID)
        let cursor = try start(request.after, execution.log)
        stream.begin(executionID: execution.id)
        switch await stream.write(execution.log, from: cursor, timeout: info.timeout) {
        case .complete: stream.end(as: execution.log.finished)
        case .callerLeft: break
        case .timedOut: throw ServiceError(.deadlineExceeded, "the caller's time ran out before the execution's end")
        }
    }

    private func start(_ after: String, _ log: EventLog) throws(ServiceError) -> Cursor {
        guard !after.isEmpty else { return .start }
        guard let cursor = Cursor(after) else {
            throw .invalid("\(after.debugDescription) is no cursor: one looks like \"5\" or \"5.140\"")
        }
        do {
            try log.check(cursor)
        } catch {
            switch error {
            case .beyondEnd(let end):
                throw ServiceError(.outOfRange, "the cursor \(after) is beyond the log, which ends at \(end)")
            case .insideCharacter:
                throw .invalid("the cursor \(after) is inside a character: pass one that an event carried")
            }
        }
        return cursor
    }
}
