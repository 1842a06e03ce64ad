import Executions
import HTTPServer

/// The pages that a machine's keeper looks at: alive, ready, and figures for Prometheus.
enum StatusPages {
    /// Whether it asks for nothing but whether the service is well.
    static func isHealth(_ head: RequestHead) -> Bool { head.path == "/livez" || head.path == "/readyz" }

    /// - Returns: nil for a path that is none of these.
    static func page(
        _ head: RequestHead,
        _ engine: ExecutionEngine
    ) async -> (status: Int, type: String, text: String)? {
        switch head.path {
        case "/livez": return (200, "text/plain; charset=utf-8", "ok\n")
        case "/readyz":
            // What is wrong with the store is in the log; whoever asks here need not know where it lies.
            let trouble =
                engine.isDraining
                ? "shutting down" : await engine.storeFailure() == nil ? nil : "executions cannot be stored now"
            return (trouble == nil ? 200 : 503, "text/plain; charset=utf-8", (trouble ?? "ok") + "\n")
        case "/metrics": return (200, "text/plain; version=0.0.4; charset=utf-8", metrics(engine.counts))
        default: return nil
        }
    }

    /// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    private static func metrics(_ counts: ExecutionCounts) -> String {
        """
        # HELP agent_runner_executions_started_total Executions started since the start of the runner.
        # TYPE agent_runner_executions_started_total counter
        agent_runner_executions_started_total \(counts.started)
        # HELP agent_runner_executions_running Executions at work now.
        # TYPE agent_runner_executions_running gauge
        agent_runner_executions_running \(counts.running)
        # HELP agent_runner_executions_ended_total Executions ended since the start of the runner, by how.
        # TYPE agent_runner_executions_ended_total counter
        agent_runner_executions_ended_total{phase="completed"} \(counts.completed)
        agent_runner_executions_ended_total{phase="failed"} \(counts.failed)
        agent_runner_executions_ended_total{phase="cancelled"} \(counts.cancelled)

        """
    }
}
