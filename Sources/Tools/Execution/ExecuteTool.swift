import WireJSON

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `execute`: a command in the workspace, behind walls.
struct ExecuteTool: Tool {
    private let workspace: Workspace
    private let limits: CommandLimits

    /// Runs commands in this workspace.
    init(_ workspace: Workspace, _ limits: CommandLimits) {
        self.workspace = workspace
        self.limits = limits
    }

    var specification: ToolSpecification {
        ToolSpecification(
            name: "execute",
            description: "Runs a shell command in the workspace, which is /workspace to it and the only place besides "
                + "/tmp that it can write to; /tmp and processes left behind are gone when it ends. "
                + (limits.allowsNetwork ? "It reaches the network. " : "It does not reach the network. ")
                + "Tells its output, errors included, and its exit code.",
            parameters: ToolSchema.object(
                [
                    ("command", ToolSchema.text("What sh -c is to run.")),
                    (
                        "timeout_seconds",
                        ToolSchema.integer("How long it may take; \(usual) without it.", in: 1...limits.mostSeconds)
                    ),
                ],
                required: ["command"]
            ),
            component: .terminal
        )
    }

    let runsInParallel = false

    private var usual: Int { min(limits.usualSeconds, limits.mostSeconds) }

    func call(_ arguments: JSONValue, _ context: ToolContext) async throws(ToolFailure) -> String {
        let arguments = try ToolArguments(arguments, of: "execute", known: ["command", "timeout_seconds"])
        let command = try arguments.text("command")
        guard !command.isEmpty, !command.utf8.contains(0), command.utf8.count <= limits.commandBytes else {
            throw ToolFailure("execute: command must have 1 to \(limits.commandBytes) bytes, and no NUL among them.")
        }
        let seconds = try arguments.integer("timeout_seconds", in: 1...limits.mostSeconds) ?? usual
        let (folder, limits) = (workspace.folder, limits)
        let outcome = try await CommandThread.run { cancellation throws(ToolFailure) in
            let sandbox = try Sandbox.find(folder: folder, limits)
            return SandboxedProcess(sandbox, command, seconds: seconds).run(cancellation, report: context.report)
        }
        return try answer(outcome, seconds: seconds)
    }

    private func answer(_ outcome: SandboxedProcess.Outcome, seconds: Int) throws(ToolFailure) -> String {
        let output = outcome.output
        let before = output.isEmpty || output.hasSuffix("\n") ? output : output + "\n"
        switch outcome.end {
        case .exited(let code): return before + "(exit code \(code))"
        case .signalled(let signal): return before + "(ended by signal \(signal))"
        case .notStarted(let code):
            throw ToolFailure("The command could not be started: \(SystemError(code: code).text).")
        case .cancelled: throw ToolFailure("The call was cancelled.")
        case .tooLong:
            throw ToolFailure(
                before + "(stopped after \(seconds) seconds, with all that it had started; timeout_seconds allows up "
                    + "to \(limits.mostSeconds))"
            )
        case .tooMuchMemory:
            throw ToolFailure(before + "(stopped: it used more than \(limits.memoryBytes >> 20) MiB of memory)")
        case .tooManyProcesses:
            throw ToolFailure(before + "(stopped: it had more than \(limits.processes) processes)")
        }
    }
}
