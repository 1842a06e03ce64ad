import EventLoop
import Executions
import StigmerProtos

/// Streams whole snapshots of an execution: for the control plane's own clients.
///
/// A snapshot is sent when something has changed and the caller has taken the last one, so a slow caller gets fewer.
struct Subscribe: StreamingProcedure {
    static let rpc = "ai.stigmer.agentic.agentexecution.v1.AgentExecutionQueryController/subscribe"
    static let rules: [HTTPRule<AgentExecutionId>] = []

    let requests: ExecutionRequests
    /// A snapshot grows with the answer: one for each token would cost the square of its length.
    private static let shortestInterval: Duration = .milliseconds(50)

    func call(
        _ request: AgentExecutionId,
        _ info: CallInfo,
        _ stream: ResponseStream
    ) async throws(ServiceError) {
        let log = try await requests.log(of: request.value)
        let reader = log.watch()
        stream.begin(executionID: log.id)
        let signal = reader.signal
        let pulse = stream.pulse(timeout: info.timeout, signal: signal)
        defer {
            log.detach(reader)
            pulse.stop()
        }
        var sent: Cursor?
        while await stream.exchange.drained() {
            // In this order: behind an end that was seen nothing comes, so that the last snapshot is never left out.
            let isFinished = log.isFinished
            let end = log.end
            if sent != end {
                sent = end
                try stream.write(log.snapshot, name: "agent_execution")
                pulse.wrote()
            }
            if isFinished { return stream.end(as: log.finished) }
            if pulse.isTimedOut {
                throw ServiceError(.deadlineExceeded, "the caller's time ran out before the execution's end")
            }
            stream.ping(pulse)
            do { try await info.loop.sleep(for: Self.shortestInterval) } catch { return }
            await signal.wait()
        }
    }
}
