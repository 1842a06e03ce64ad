/// How much the tools of a workspace read, write and answer at most.
public struct WorkspaceLimits: Sendable, Equatable {
    /// The largest file that is read, in bytes.
    public var readBytes = 16 << 20
    /// The largest file that is written, in bytes.
    public var writtenBytes = 4 << 20
    /// The longest answer of a reading tool, in bytes of UTF-8.
    public var answerBytes = 64 << 10
    /// The longest line that is shown, in characters; what is beyond is left out and said to be.
    public var lineLength = 2_000
    /// The most lines that one `read_file` shows.
    public var lines = 2_000
    /// The most entries that `ls` and `glob` name, and the most lines that `grep` finds.
    public var results = 500
    /// The most files and folders that one `glob` or `grep` looks at.
    public var visited = 100_000
    /// The deepest folder below the workspace that is reached.
    public var depth = 64
    /// The longest path, in bytes of UTF-8.
    public var pathBytes = 1_024

    /// The usual limits.
    public init() {}
}
