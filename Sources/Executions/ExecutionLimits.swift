/// How much of everything an engine takes on.
public struct ExecutionLimits: Sendable {
    /// How long one execution may take in all; then it fails with `deadline_exceeded`.
    public var timeLimit: Duration
    /// Executions at work at a time; a further one is `resource_exhausted`.
    public var maxRunning: Int
    /// Of those, at most so many of one caller.
    public var maxRunningPerCaller: Int
    /// Executions that have ended and are still held in memory, besides the store; the oldest gives way.
    public var heldFinished: Int
    /// About how many bytes those may have together.
    public var heldBytes: Int
    /// Executions that may wait in one session; a further one is `resource_exhausted`.
    public var maxWaiting: Int
    /// How often an execution is taken up again after a restart of the runner.
    public var maxResumptions: Int
    /// About how many bytes of a session's history are looked at.
    public var maxHistory: Int
    /// Bytes of one message of a model; a longer one fails with `resource_exhausted`, what had come kept.
    public var maxMessage: Int

    /// Sets the limits; the defaults are 30 minutes, 10,000, 1,000, 256, 32 MiB, 100, 3, 16 MiB and 16 MiB.
    public init(
        timeLimit: Duration = .seconds(30 * 60),
        maxRunning: Int = 10_000,
        maxRunningPerCaller: Int = 1_000,
        heldFinished: Int = 256,
        heldBytes: Int = 32 << 20,
        maxWaiting: Int = 100,
        maxResumptions: Int = 3,
        maxHistory: Int = 16 << 20,
        maxMessage: Int = 16 << 20
    ) {
        self.timeLimit = timeLimit
        self.maxRunning = maxRunning
        self.maxRunningPerCaller = maxRunningPerCaller
        self.heldFinished = heldFinished
        self.heldBytes = heldBytes
        self.maxWaiting = maxWaiting
        self.maxResumptions = maxResumptions
        self.maxHistory = maxHistory
        self.maxMessage = maxMessage
    }
}
