/// How much a command may use, and what it may reach.
public struct CommandLimits: Sendable, Equatable {
    /// The memory of all its processes together, in bytes, files in `/tmp` not counted.
    public var memoryBytes = 2 << 30
    /// How many processes it may have at once.
    public var processes = 256
    /// The largest file that it may write, in bytes.
    public var fileBytes = 1 << 30
    /// How much it may put into `/tmp`, and into `/dev/shm`, which are memory, in bytes each.
    public var temporaryBytes = 256 << 20
    /// How long it runs when the model does not say, in seconds.
    public var usualSeconds = 120
    /// How long it runs at most, in seconds.
    public var mostSeconds = 600
    /// How much of its output the model is told, in bytes: a half from the start and a half from the end.
    public var outputBytes = 32 << 10
    /// How much of its output is streamed while it runs, in bytes.
    public var reportedBytes = 256 << 10
    /// The longest command, in bytes of UTF-8.
    public var commandBytes = 32 << 10
    /// Whether it reaches the network.
    public var allowsNetwork = false
    /// What stands in its environment besides PATH, HOME, LANG, TERM and TMPDIR.
    public var environment: [String: String] = [:]
    /// Folders of the machine that it may read besides the system's own, absolute paths.
    public var readable: [String] = []

    /// The usual limits.
    public init() {}
}
