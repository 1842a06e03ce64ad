#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A folder that the tools of a session work in, and nowhere else.
///
/// A path is followed name by name, each opened in the folder before it without following links. A symbolic link is
/// read and followed by hand, and only within the workspace, so that none leads out, not even one that is put in place
/// between two steps.
public struct Workspace: Sendable {
    /// Where it is, an absolute path. Whoever sets up the session vouches for this path itself.
    public let folder: String
    /// How much its tools read, write and answer.
    public let limits: WorkspaceLimits

    /// Names a folder that exists.
    public init(folder: String, limits: WorkspaceLimits = WorkspaceLimits()) {
        self.folder = folder
        self.limits = limits
    }

    /// Checks the form of a path that a model wrote.
    func path(_ text: String) throws(ToolFailure) -> WorkspacePath { try WorkspacePath(text, limits: limits) }

    /// The workspace's own folder, open.
    func root() throws(ToolFailure) -> Descriptor {
        do throws(SystemError) {
            return Descriptor(try SystemError.check { open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        } catch {
            throw ToolFailure("The workspace cannot be opened (\(error.text)); nothing can be done about it from here.")
        }
    }
}
