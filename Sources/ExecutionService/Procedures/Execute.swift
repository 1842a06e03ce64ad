import Executions
import StigmerProtos

/// Creates an execution and streams it. The caller is attached: when it leaves, the execution is cancelled.
struct Execute: StreamingProcedure {
    static let rpc = "ai.stigmer.agentic.agentrunner.v1.AgentRunnerService/Execute"
    static let rules = [HTTPRule<AgentExecution>(.post, "/v1/execute", takesBody: true)]

    let requests: ExecutionRequests

    func call(_ request: AgentExecution, _ info: CallInfo, _ stream: ResponseStream) async throws(ServiceError) {
        let (log, execution) = try await requests.start(request, info)
        execution?.attachCaller()
        do throws(ServiceError) {
            // Before the wait: of a message that is complete by then, a reader who comes later gets no pieces.
            let reader = try attach(log, after: "")
            defer { log.detach(reader) }
            try await requests.committed()
            stream.begin(executionID: log.id)
            // The caller's time bounds the work, however slowly the caller reads; the log then ends, and so the stream.
            let deadline = info.timeout.map { timeout in
                info.loop.schedule(after: timeout) { execution?.cancel(.callerDeadline(timeout)) }
            }
            defer { deadline?.cancel() }
            guard case .complete = await stream.write(log, reader, timeout: nil) else {
                execution?.callerLeft()
                return
            }
        } catch {
            execution?.callerLeft()
            throw error
        }
        stream.end(as: log.finished)
    }
}
