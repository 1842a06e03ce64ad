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
    /// About how many bytes of text the remembered ones may hold together; the oldest are forgotten for more.
    public var keptBytes: Int
    /// Bytes of one message of a model; a longer one fails with `resource_exhausted`, what had come kept.
    public var maxMessage: Int

    /// Sets the limits; the defaults are 30 minutes, 10,000, 1,000, 1,000, 256 MiB and 16 MiB.
    public init(
        timeLimit: Duration = .seconds(30 * 60),
        maxRunning: Int = 10_000,
        maxRunningPerCaller: Int = 1_000,
        keptFinished: Int = 1_000,
        keptBytes: Int = 256 << 20,
        maxMessage: Int = 16 << 20
    ) {
        self.timeLimit = timeLimit
        self.maxRunning = maxRunning
        self.maxRunningPerCaller = maxRunningPerCaller
        self.keptFinished = keptFinished
        self.keptBytes = keptBytes
        self.maxMessage = maxMessage
    }
}
