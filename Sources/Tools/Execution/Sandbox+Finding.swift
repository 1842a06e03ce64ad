#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import Synchronization

extension Sandbox {
    /// The bubblewrap of this machine, once it has been seen at work.
    private static let found = Mutex<(program: String, forbidsNesting: Bool)?>(nil)

    /// Finds bubblewrap and sees whether it works here. It waits for a process: not for an event loop.
    ///
    /// - Throws: ``ToolFailure`` that says what to do.
    static func find(folder: String, _ limits: CommandLimits) throws(ToolFailure) -> Sandbox {
        if let found = found.withLock({ $0 }) {
            return Sandbox(
                limits: limits,
                folder: folder,
                program: found.program,
                forbidsNesting: found.forbidsNesting
            )
        }
        guard let program = ["/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap"].first(where: isProgram) else {
            throw ToolFailure(
                "Commands cannot be run: bubblewrap is not installed on the runner's machine; whoever runs it can "
                    + "install it (on Debian: apt-get install bubblewrap)."
            )
        }
        var answer = ""
        for forbidsNesting in [true, false] {
            let sandbox = Sandbox(
                limits: CommandLimits(),
                folder: folder,
                program: program,
                forbidsNesting: forbidsNesting
            )
            let outcome = SandboxedProcess(sandbox, "exit 42", seconds: 10).run(Cancellation()) { _ in }
            if outcome.end == .exited(42) {
                found.withLock { $0 = (program, forbidsNesting) }
                return try find(folder: folder, limits)
            }
            answer = outcome.output
        }
        throw ToolFailure(
            "Commands cannot be run: bubblewrap may not build its walls on the runner's machine ("
                + shownName(String(answer.prefix(300)).split(separator: "\n").last.map(String.init) ?? "no answer")
                + "); whoever runs it can allow user name spaces (sysctl kernel.unprivileged_userns_clone=1, "
                + "kernel.apparmor_restrict_unprivileged_userns=0, or a container's seccomp profile)."
        )
    }

    private static func isProgram(_ path: String) -> Bool { access(path, X_OK) == 0 }
}
