import Executions
import StigmerProtos

/// Creates an execution and streams it. The caller is attached: when it leaves, the execution is cancelled.
struct Execute: StreamingProcedure {
    static let rpc = "ai.stigmer.agentic.agentrunner.v1.AgentRunnerService/Execute"
    static let rules = [HTTPRule<AgentExecution>(.post, "/v1/execute", takesBody: true)]

    let requests: ExecutionRequests

    func call(_ request: AgentExecution, _ info: CallInfo, _ stream: ResponseStream) async throws(ServiceError) {
        let execution = try requests.start(request, info)
        let log = execution.log
        let reader = try attach(log, after: "")
        defer { log.detach(reader) }
        stream.begin(executionID: execution.id)
        switch await stream.write(log, reader, timeout: info.timeout) {
        case .complete:
            break
        case .callerLeft:
            return execution.cancel(.callerLeft)
        case .timedOut:
            execution.cancel(.callerDeadline(info.timeout ?? .zero))
            // What is left is the end of the log; the caller still gets it.
            guard case .complete = await stream.write(log, reader, timeout: nil) else { return }
        }
        stream.end(as: log.finished)
    }
}
