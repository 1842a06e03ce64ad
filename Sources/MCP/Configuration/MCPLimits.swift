/// How much a server may say and how long it may take.
public struct MCPLimits: Sendable, Equatable {
    /// The longest message in bytes, in either direction: a longer one ends the connection.
    public var messageBytes = 4 << 20
    /// The most tools of a server: the rest is left out, which is told.
    public var tools = 256
    /// The longest description of a tool in bytes: the rest is cut off.
    public var descriptionBytes = 4096
    /// The longest schema of a tool's arguments in bytes: a tool with a longer one is left out, which is told.
    public var schemaBytes = 64 << 10
    /// The longest result of a call in bytes: the rest is cut off, which the model is told.
    public var resultBytes = 256 << 10
    /// The most calls of a server at a time: one more fails at once.
    public var pendingCalls = 64
    /// The most pages of a list of tools.
    public var pages = 64
    /// The most reports of progress of a call: the rest is dropped.
    public var reports = 1000
    /// The longest report of progress in bytes.
    public var reportBytes = 2048
    /// How much of what a server writes to its standard error is kept for errors, in bytes from the end.
    public var lastWordsBytes = 2048

    /// The defaults.
    public init() {}
}

/// How long things may take.
public struct MCPClocks: Sendable, Equatable {
    /// From the start of a server until it is initialised.
    public var start = Duration.seconds(30)
    /// A list of tools, all its pages together.
    public var list = Duration.seconds(30)
    /// A call of a tool.
    public var call = Duration.seconds(300)
    /// An answer to a ping, by which a server that let a call time out shows that it lives.
    public var ping = Duration.seconds(5)
    /// How long a child process has from the end of its input until it is told to end, and then until it is killed.
    public var grace = Duration.milliseconds(350)
    /// How long a server that has failed twice in a row rests; the pause doubles with each further failure.
    public var firstPause = Duration.seconds(1)
    /// The longest rest.
    public var longestPause = Duration.seconds(60)

    /// The defaults.
    public init() {}
}
