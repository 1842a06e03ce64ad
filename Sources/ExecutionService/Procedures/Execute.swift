import Executions
import StigmerProtos

/// Creates an execution and streams it. The caller is attached: when it leaves, the execution is cancelled, unless
/// others are attached too or it was created to outlive them.
struct Execute: StreamingProcedure {
    static let rpc = "ai.stigmer.agentic.agentrunner.v1.AgentRunnerService/Execute"
    static let rules = [HTTPRule<AgentExecution>(.post, "/v1/execute", takesBody: true)]

    let requests: ExecutionRequests

    func call(_ request: AgentExecution, _ info: CallInfo, _ stream: ResponseStream) async throws(ServiceError) {
        let (log, execution) = try await requests.start(request, info)
        let hold = Hold(on: execution)
        do throws(ServiceError) {
            // Before anything else, so that no piece of a quick answer is missed.
            let reader = try attach(log, after: "")
            defer { log.detach(reader) }
            try await requests.committed()
            stream.begin(executionID: log.id)
            // The caller's time bounds the work, however slowly the caller reads; the log then ends, and so the stream.
            let deadline = info.timeout.map { timeout in
                info.loop.schedule(after: timeout) { hold.letGo(.callerDeadline(timeout)) }
            }
            defer { deadline?.cancel() }
            var outcome = await stream.write(log, reader, timeout: info.timeout)
            if case .timedOut = outcome, let timeout = info.timeout {
                hold.letGo(.callerDeadline(timeout))
                guard hold.hasEndedWork else {
                    throw ServiceError(.deadlineExceeded, "the caller's time ran out; the execution goes on for others")
                }
                outcome = await stream.write(log, reader, timeout: nil)
            }
            guard case .complete = outcome else { return hold.letGo(.callerLeft) }
        } catch {
            hold.letGo(.callerLeft)
            throw error
        }
        stream.end(as: log.finished)
    }
}

/// One caller's hold on an execution, which it lets go of once. Confined to the caller's loop.
private final class Hold {
    private let execution: Execution?
    private var isHeld = true
    /// Whether nobody else wants the work, so that it ends.
    private(set) var hasEndedWork = false

    init(on execution: Execution?) {
        self.execution = execution
        execution?.attachCaller()
    }

    func letGo(_ reason: CancelReason) {
        guard isHeld else { return }
        isHeld = false
        hasEndedWork = execution?.callerLeft(reason) ?? true
    }
}
