import Executions
import HTTPClient
import HTTPServer
import Models

/// The pages that a machine's keeper looks at: alive, ready, and figures for Prometheus.
enum StatusPages {
    /// Whether it asks for nothing but whether the service is well.
    static func isHealth(_ head: RequestHead) -> Bool { head.path == "/livez" || head.path == "/readyz" }

    /// - Returns: nil for a path that is none of these.
    static func page(
        _ exchange: Exchange,
        _ engine: ExecutionEngine,
        _ models: ModelClient,
        _ streams: OpenStreams
    ) async -> (status: Int, type: String, text: String)? {
        switch exchange.head.path {
        case "/livez": return (200, "text/plain; charset=utf-8", "ok\n")
        case "/readyz":
            // What is wrong with the store is in the log; whoever asks here need not know where it lies.
            let trouble =
                engine.isDraining
                ? "shutting down" : await engine.storeFailure() == nil ? nil : "executions cannot be stored now"
            return (trouble == nil ? 200 : 503, "text/plain; charset=utf-8", (trouble ?? "ok") + "\n")
        case "/metrics":
            let metrics =
                metrics(engine.counts) + (exchange.serverFigures.map(metrics) ?? []) + metrics(models.figures) + [
                    Metric("streams_open", .gauge, "Streams open to callers now.", streams.all)
                ]
            return (200, "text/plain; version=0.0.4; charset=utf-8", metrics.map(\.text).joined())
        default: return nil
        }
    }

    private static func metrics(_ counts: ExecutionCounts) -> [Metric] {
        [
            Metric("executions_started_total", .counter, "Executions started.", counts.started),
            Metric("executions_running", .gauge, "Executions at work now.", counts.running),
            Metric(
                "executions_ended_total",
                .counter,
                "Executions ended, by how.",
                [
                    (#"{phase="completed"}"#, counts.completed), (#"{phase="failed"}"#, counts.failed),
                    (#"{phase="cancelled"}"#, counts.cancelled),
                ]
            ),
        ]
    }

    private static func metrics(_ server: HTTPServerFigures) -> [Metric] {
        [
            Metric("connections_open", .gauge, "Callers' connections open now.", server.openConnections),
            Metric("connections_accepted_total", .counter, "Callers' connections.", server.acceptedConnections),
            Metric("requests_total", .counter, "Callers' requests.", server.requests),
            Metric("requests_rejected_total", .counter, "Requests that are no proper HTTP.", server.rejections),
            Metric("sent_bytes_total", .counter, "Bytes sent to callers.", server.sentBytes),
        ]
    }

    private static func metrics(_ client: HTTPClientFigures) -> [Metric] {
        [
            Metric("upstream_requests_total", .counter, "Requests to providers.", client.requests),
            Metric("upstream_connections_open", .gauge, "Connections to providers now.", client.openConnections),
            Metric(
                "upstream_received_bytes_total",
                .counter,
                "Bytes of providers' answers that have ended.",
                client.receivedBytes
            ),
        ]
    }
}

/// One figure: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
private struct Metric {
    enum Kind: String {
        case counter
        case gauge
    }

    let text: String

    init(_ name: String, _ kind: Kind, _ help: String, _ values: [(labels: String, value: Int)]) {
        let name = "agent_runner_\(name)"
        text = values.reduce(into: "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n") { text, one in
            text += "\(name)\(one.labels) \(one.value)\n"
        }
    }

    init(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        self.init(name, kind, help, [("", value)])
    }
}
