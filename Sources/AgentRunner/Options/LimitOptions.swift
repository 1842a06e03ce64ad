import ArgumentParser
import ExecutionService
import Executions
import Models

/// The clocks of an execution, and how much the service takes on.
struct LimitOptions: ParsableArguments {
    @Option(help: "How long connecting to the provider may take. STIGMER_CONNECT_TIMEOUT. (default: 10s)")
    var connectTimeout: String?

    @Option(
        help:
            "How long the first token may take; a local model may be loading. STIGMER_FIRST_TOKEN_TIMEOUT. (default: 5m)"
    )
    var firstTokenTimeout: String?

    @Option(help: "How long the next token may take. STIGMER_TOKEN_TIMEOUT. (default: 60s)")
    var tokenTimeout: String?

    @Option(help: "How long an execution may take in all. STIGMER_EXECUTION_TIMEOUT. (default: 30m)")
    var executionTimeout: String?

    @Option(help: "Executions at work at a time. STIGMER_MAX_EXECUTIONS. (default: 10000)")
    var maxExecutions: String?

    @Option(help: "Of those, at most so many of one address. STIGMER_MAX_EXECUTIONS_PER_CALLER. (default: 1000)")
    var maxExecutionsPerCaller: String?

    @Option(help: "Streams open at a time. STIGMER_MAX_STREAMS. (default: 10000)")
    var maxStreams: String?

    @Option(help: "Of those, at most so many to one address. STIGMER_MAX_STREAMS_PER_CALLER. (default: 1000)")
    var maxStreamsPerCaller: String?

    func clocks(_ settings: Settings) throws(StartError) -> ModelClocks {
        ModelClocks(
            connect: try settings.duration("connect-timeout", connectTimeout, default: .seconds(10)),
            firstToken: try settings.duration("first-token-timeout", firstTokenTimeout, default: .seconds(300)),
            betweenTokens: try settings.duration("token-timeout", tokenTimeout, default: .seconds(60))
        )
    }

    func limits(_ settings: Settings) throws(StartError) -> ExecutionLimits {
        ExecutionLimits(
            timeLimit: try settings.duration("execution-timeout", executionTimeout, default: .seconds(30 * 60)),
            maxRunning: try settings.count("max-executions", maxExecutions, default: 10_000),
            maxRunningPerCaller: try settings.count(
                "max-executions-per-caller",
                maxExecutionsPerCaller,
                default: 1_000
            )
        )
    }

    func serviceLimits(_ settings: Settings) throws(StartError) -> ServiceLimits {
        ServiceLimits(
            maxStreams: try settings.count("max-streams", maxStreams, default: 10_000),
            maxStreamsPerCaller: try settings.count("max-streams-per-caller", maxStreamsPerCaller, default: 1_000)
        )
    }
}
