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
            let last = values.headers[.lastEventID] ?? ""
            request.after = last.isEmpty ? values.query["after"] ?? "" : last
        }
    ]

    let requests: ExecutionRequests

    func call(
        _ request: StreamEventsRequest,
        _ info: CallInfo,
        _ stream: ResponseStream
    ) async throws(ServiceError) {
        let log = try await requests.log(of: request.executionID)
        let reader = try attach(log, after: request.after)
        defer { log.detach(reader) }
        stream.begin(executionID: log.id)
        switch await stream.write(log, reader, timeout: info.timeout) {
        case .complete: stream.end(as: log.finished)
        case .callerLeft: break
        case .timedOut: throw ServiceError(.deadlineExceeded, "the caller's time ran out before the execution's end")
        }
    }
}
