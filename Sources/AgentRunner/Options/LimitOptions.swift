import ArgumentParser
import Executions
import Models

/// The clocks of an execution.
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

    func clocks(_ settings: Settings) throws(StartError) -> ModelClocks {
        ModelClocks(
            connect: try settings.duration("connect-timeout", connectTimeout, default: .seconds(10)),
            firstToken: try settings.duration("first-token-timeout", firstTokenTimeout, default: .seconds(300)),
            betweenTokens: try settings.duration("token-timeout", tokenTimeout, default: .seconds(60))
        )
    }

    func limits(_ settings: Settings) throws(StartError) -> ExecutionLimits {
        ExecutionLimits(
            timeLimit: try settings.duration("execution-timeout", executionTimeout, default: .seconds(30 * 60))
        )
    }
}
