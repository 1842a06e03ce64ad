import Agents
import EventLoop
import Executions
import HTTPClient
import HTTPServer
import HTTPTypes
import LLMConfiguration
import Logging
import Models
import StigmerProtos
import TestSupport

@testable import ExecutionService

/// The whole service on a real socket, over an Ollama that does what a script says.
struct Service: Sendable {
    private static let network = Result {
        let group = try EventLoopGroup(count: 2)
        return (group: group, http: try HTTPClient(group: group))
    }

    let upstream: ScriptedUpstream
    let engine: ExecutionEngine
    let service: RunnerService
    let url: String
    private let group: EventLoopGroup
    private let http: HTTPClient

    init(
        limits: ExecutionLimits = ExecutionLimits(),
        pingInterval: Duration = .seconds(15),
        _ script: [ScriptedStep]...
    ) async throws {
        try await self.init(limits: limits, pingInterval: pingInterval) { [script] in try ScriptedUpstream(script) }
    }

    init(
        limits: ExecutionLimits = ExecutionLimits(),
        pingInterval: Duration = .seconds(15),
        upstream make: () throws -> ScriptedUpstream
    ) async throws {
        (group, http) = try Self.network.get()
        upstream = try make()
        let providers = ModelProviders()
        let worker = try WorkerConfiguration.load(
            flags: LLMFlags(),
            environment: [
                "STIGMER_LLM_PROVIDER": "ollama", "STIGMER_LLM_MODEL": "m", "STIGMER_LLM_BASE_URL": upstream.url,
                // A set num_ctx keeps Ollama from being asked for the context's length first.
                "STIGMER_LLM_NUM_CTX": "4096",
            ],
            homeDirectory: "",
            profiles: providers.profiles
        )
        let models = ModelClient(http: http, providers: providers, retries: RetryPolicy(sleep: { _, _ in }))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        engine = ExecutionEngine(
            agent: AgentLoop(models: models, surroundings: .system),
            limits: limits,
            loop: group.loops[0],
            logger: logger
        )
        service = RunnerService(
            engine: engine,
            worker: worker,
            models: models,
            pingInterval: pingInterval,
            logger: logger
        )
        var configuration = HTTPServerConfiguration()
        configuration.rejectionBody = RunnerService.rejectionBody
        let server = HTTPServer(group: group, configuration: configuration, logger: logger) { [service] exchange in
            await service.handle(exchange)
        }
        url = "http://127.0.0.1:\(try await server.listen(on: ListenAddress(host: "127.0.0.1", port: 0)))"
    }

    var loop: EventLoop? { group.loops.first }

    /// Makes a call; its answer comes while the test goes on.
    ///
    /// - Parameter reading: the body is not read before this gate opens.
    func call(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ headers: [String: String] = [:],
        body: [UInt8] = [],
        reading gate: Gate? = nil
    ) -> Call {
        var fields = HTTPFields()
        for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
        let request = HTTPClientRequest(method: method, url: url + path, headers: fields, body: body)
        return Call(request, http, group.next(), gate)
    }

    /// Makes a call with JSON and waits for the whole answer.
    func answer(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ headers: [String: String] = [:],
        json: String = ""
    ) async throws -> Call.Answer {
        var headers = headers
        if !json.isEmpty && headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
        return try await call(method, path, headers, body: Array(json.utf8)).whole()
    }

    /// `POST /v1/executions`, and the execution that it made.
    func create(_ message: String = "Hi") async throws -> Execution {
        let answer = try await answer(.post, "/v1/executions", json: #"{"spec":{"message":"\#(message)"}}"#)
        let id = try AgentExecution(jsonUTF8Bytes: answer.body).metadata.id
        guard let execution = engine.execution(id) else { throw NoSuch(what: answer.text) }
        return execution
    }

    struct NoSuch: Error {
        let what: String
    }
}

/// Where the procedures are for programs.
enum RPC {
    static let runner = "/ai.stigmer.agentic.agentrunner.v1.AgentRunnerService"
    static let command = "/ai.stigmer.agentic.agentexecution.v1.AgentExecutionCommandController"
    static let query = "/ai.stigmer.agentic.agentexecution.v1.AgentExecutionQueryController"
}
