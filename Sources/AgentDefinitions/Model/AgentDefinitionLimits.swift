/// How large a definition may be.
public enum AgentDefinitionLimits {
    /// The largest file, in bytes.
    public static let fileBytes = 512 << 10
    /// The longest instructions, in bytes of UTF-8.
    public static let instructionBytes = 256 << 10
    /// The longest of all other texts, in bytes of UTF-8.
    public static let textBytes = 4 << 10
    /// The most servers, sub-agents, skills, tools, arguments or entries of one list.
    public static let listCount = 128
    /// The most definitions in a folder.
    public static let files = 1_000
    /// The longest name or id, in characters.
    public static let nameLength = 64
    /// The most steps that a definition can ask for.
    public static let steps = 100_000
    /// The longest time that a server's call can be given, in seconds.
    public static let timeoutSeconds = 3_600
}
