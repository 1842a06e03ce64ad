#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Workspace {
    /// Puts a file of the runner's own into the workspace, as those of a skill, in place of what was there.
    ///
    /// - Parameters:
    ///   - path: relative to the workspace, without `..`; folders that are missing are made, and links followed only
    ///     within the workspace.
    ///   - isExecutable: whether it is a program.
    /// - Throws: ``ToolFailure``
    public func place(_ bytes: [UInt8], at path: String, isExecutable: Bool = false) async throws(ToolFailure) {
        let path = try self.path(path)
        try await FileWork.shared.run { _ throws(ToolFailure) in
            _ = try write(bytes, to: path)
            guard isExecutable else { return }
            let place = try resolve(path)
            do throws(SystemError) {
                let file = try Descriptor(place.name, in: place.folder, flags: O_RDONLY | O_NONBLOCK)
                let mode = try file.status().st_mode & 0o777
                try SystemError.check { fchmod(file.number, mode | 0o100) }
            } catch {
                throw failure(error, path, "cannot be made a program")
            }
        }
    }
}
