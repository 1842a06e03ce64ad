/// How much of everything an engine takes on.
public struct ExecutionLimits: Sendable {
    /// How long one execution may take in all; then it fails with `deadline_exceeded`.
    public var timeLimit: Duration
    /// Executions at work at a time; a further one is `resource_exhausted`.
    public var maxRunning: Int
    /// Of those, at most so many of one caller.
    public var maxRunningPerCaller: Int
    /// Finished executions that are remembered; the oldest is forgotten for a further one.
    public var keptFinished: Int

    /// Sets the limits; the defaults are 30 minutes, 10,000, 1,000 and 1,000.
    public init(
        timeLimit: Duration = .seconds(30 * 60),
        maxRunning: Int = 10_000,
        maxRunningPerCaller: Int = 1_000,
        keptFinished: Int = 1_000
    ) {
        self.timeLimit = timeLimit
        self.maxRunning = maxRunning
        self.maxRunningPerCaller = maxRunningPerCaller
        self.keptFinished = keptFinished
    }
}
