/// The tools that the runner brings itself, by name; an agent has those that it lists.
public enum BuiltInTools {
    /// The names of the tools that work in a workspace, in the order that they are shown in.
    public static let names = ["ls", "read_file", "write_file", "edit_file", "glob", "grep", "execute"]

    /// Makes the tools of these names; one that is not the runner's own is passed over.
    public static func make(
        _ names: some Collection<String>,
        in workspace: Workspace,
        _ commands: CommandLimits = CommandLimits()
    ) -> [any Tool] {
        self.names.filter(names.contains).compactMap { name in
            switch name {
            case "ls": ListTool(workspace)
            case "read_file": ReadFileTool(workspace)
            case "write_file": WriteFileTool(workspace)
            case "edit_file": EditFileTool(workspace)
            case "glob": GlobTool(workspace)
            case "grep": GrepTool(workspace)
            case "execute": ExecuteTool(workspace, commands)
            default: nil
            }
        }
    }

    /// Why commands cannot be run here, in a sentence that says what to do; nil where they can.
    public static func whyNoCommands(in workspace: Workspace) async -> String? {
        do throws(ToolFailure) {
            let folder = workspace.folder
            try await CommandThread.run { _ throws(ToolFailure) in _ = try Sandbox.find(folder: folder, CommandLimits())
            }
            return nil
        } catch {
            return error.message
        }
    }
}
