import Executions
import Failures
import HTTPServer
import HTTPTypes
import LLMConfiguration
import Logging
import Models

/// The runner's service: every procedure, its paths, health and figures.
public struct RunnerService: Sendable {
    let router: Router
    private let engine: ExecutionEngine
    private let callers: CallerPolicy
    private let logger: Logger

    /// Puts the service together.
    ///
    /// - Parameter pingInterval: how long a stream of server-sent events may be silent before a comment shows that it
    ///   lives.
    public init(
        engine: ExecutionEngine,
        worker: WorkerConfiguration,
        models: ModelClient,
        callers: CallerPolicy = CallerPolicy(),
        limits: ServiceLimits = ServiceLimits(),
        pingInterval: Duration = .seconds(15),
        logger: Logger
    ) {
        let streams = OpenStreams(limits)
        let requests = ExecutionRequests(engine: engine, resolved: ResolvedRequests(worker: worker))
        router = Router([
            Endpoint(Execute(requests: requests), streams, pingInterval: pingInterval),
            Endpoint(StreamEvents(requests: requests), streams, pingInterval: pingInterval),
            Endpoint(CreateExecution(requests: requests)),
            Endpoint(GetExecution(requests: requests)),
            Endpoint(CancelExecution(requests: requests)),
            Endpoint(DeleteExecution(requests: requests)),
            Endpoint(ListExecutions(pages: ExecutionPages(engine: engine))),
            Endpoint(ListExecutionsBySession(pages: ExecutionPages(engine: engine))),
            Endpoint(Subscribe(requests: requests), streams, pingInterval: pingInterval),
            Endpoint(GetConfig(worker: worker)),
            Endpoint(ListModels(worker: worker, models: models)),
        ])
        self.engine = engine
        self.callers = callers
        self.logger = logger
    }

    /// Answers one exchange of the HTTP server.
    public func handle(_ exchange: Exchange) async {
        do throws(ServiceError) {
            // Health pages tell nobody anything, and those who look after a machine call it by any name.
            if !StatusPages.isHealth(exchange.head) {
                switch try callers.judge(exchange.head) {
                case .serve(let headers): exchange.answerHeaders = headers
                case .preflight(let headers): return exchange.respond(status: 204, headers: headers)
                }
            }
            if let page = await StatusPages.page(exchange.head, engine) {
                guard exchange.head.method == .get || exchange.head.method == .head else {
                    throw Router.wrongMethod(exchange.head, allowed: ["GET"])
                }
                return exchange.respond(
                    status: page.status,
                    headers: [.contentType: page.type],
                    body: Array(page.text.utf8)
                )
            }
            let match = try router.match(exchange.head)
            try await match.endpoint.serve(exchange, match)
        } catch {
            logger.debug("request refused", metadata: ["path": "\(exchange.head.path)", "error": "\(error.message)"])
            var headers = error.headers
            headers[.contentType] = "application/json"
            exchange.respond(status: error.status, headers: headers, body: error.json)
        }
    }

    /// The error shape of `wire.md`, for a program's own output.
    public static func errorShape(_ failure: some CodedFailure) -> String {
        String(decoding: ServiceError(failure).json, as: UTF8.self)
    }

    /// The error shape for what the HTTP server refuses before any procedure is found.
    public static func rejectionBody(_ rejection: Rejection) -> (contentType: String, body: [UInt8]) {
        let code: String =
            switch rejection.status {
            case 408: "deadline_exceeded"
            case 413: "resource_exhausted"
            case 501, 505: "unimplemented"
            case 500...: "internal"
            default: "invalid_argument"
            }
        return ("application/json", ServiceError.json(code: code, message: rejection.message))
    }
}
