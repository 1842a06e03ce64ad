#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Workspace {
    /// Something that was come across below a folder.
    struct Visit {
        /// Where it is, from the workspace on.
        let path: WorkspacePath
        /// Where it is, from the folder on that the walk began in.
        let relative: [[UInt8]]
        /// The open folder that it is in.
        let folder: Descriptor
        /// What it is.
        let kind: Kind
    }

    /// What follows a visit.
    enum Step {
        /// On, into a folder too.
        case goOn
        /// On, but not into this folder.
        case skip
        /// Whoever asked has enough.
        case stop
    }

    /// Visits everything below a folder, in the order of the names; links are named and not followed.
    ///
    /// - Returns: whether everything was reached: not more than ``WorkspaceLimits/visited`` and nothing deeper than
    ///   ``WorkspaceLimits/depth``.
    /// - Throws: ``ToolFailure``
    func walk(
        _ path: WorkspacePath,
        _ cancellation: Cancellation,
        _ visit: (Visit) throws(ToolFailure) -> Step
    ) throws(ToolFailure) -> Bool {
        var walk = Walk(workspace: self, cancellation: cancellation)
        _ = try walk.goThrough(try openFolder(path), path, [], visit)
        return walk.isComplete
    }

    /// Opens a folder.
    func openFolder(_ path: WorkspacePath) throws(ToolFailure) -> Descriptor {
        let place = try resolve(path)
        do throws(SystemError) {
            return try Descriptor(place.name, in: place.folder, flags: O_RDONLY | O_DIRECTORY)
        } catch {
            if error.code == ENOTDIR { throw ToolFailure("\(path.shown) is not a folder.") }
            throw failure(error, path, "cannot be opened")
        }
    }

    private struct Walk {
        let workspace: Workspace
        let cancellation: Cancellation
        var visited = 0
        var isComplete = true

        /// - Returns: whether to go on.
        mutating func goThrough(
            _ folder: Descriptor,
            _ path: WorkspacePath,
            _ relative: [[UInt8]],
            _ visit: (Visit) throws(ToolFailure) -> Step
        ) throws(ToolFailure) -> Bool {
            // What cannot be listed, or was taken away in the meantime, has nothing to show.
            guard let listed = try? folder.names(atMost: workspace.limits.visited - visited) else { return true }
            visited += listed.names.count
            for name in listed.names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                try cancellation.check()
                guard let status = try? workspace.status(name, in: folder) else { continue }
                let kind = Workspace.kind(status)
                let here = Visit(path: path.appending(name), relative: relative + [name], folder: folder, kind: kind)
                switch try visit(here) {
                case .stop: return false
                case .skip: continue
                case .goOn: guard kind == .folder else { continue }
                }
                guard here.path.components.count < workspace.limits.depth else {
                    isComplete = false
                    continue
                }
                guard let inner = try? Descriptor(name, in: folder, flags: O_RDONLY | O_DIRECTORY) else { continue }
                guard try goThrough(inner, here.path, here.relative, visit) else { return false }
            }
            if !listed.areAll { isComplete = false }
            return listed.areAll
        }
    }
}
