#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Workspace {
    /// Where a path ends: a name in an open folder, and no link at the time of looking.
    struct Place {
        /// The folder.
        let folder: Descriptor
        /// The name in it; `.` for the folder itself.
        let name: [UInt8]
        /// The path that was followed, for messages.
        let path: WorkspacePath
    }

    /// Follows a path to its end.
    ///
    /// - Parameter creatingFolders: makes the folders on the way that are missing.
    /// - Throws: ``ToolFailure``
    func resolve(_ path: WorkspacePath, creatingFolders: Bool = false) throws(ToolFailure) -> Place {
        var folders = [try root()]
        var pending = Array(path.components.reversed())
        var links = 0
        while let name = pending.popLast() {
            if name == Array(".".utf8) { continue }
            if name == Array("..".utf8) {
                // Only the text of a link brings these.
                folders.removeLast()
                guard !folders.isEmpty else { throw leadsOut(path) }
                continue
            }
            guard let folder = folders.last else { throw leadsOut(path) }
            if let target = try linkTarget(name, in: folder, path) {
                links += 1
                guard links <= 16 else { throw ToolFailure("\(path.shown) leads through more than 16 links.") }
                guard target.first != UInt8(ascii: "/") else { throw leadsOut(path) }
                pending += target.split(separator: UInt8(ascii: "/")).map(Array.init).reversed()
                guard pending.count + folders.count <= 4 * limits.depth else {
                    throw ToolFailure("\(path.shown) leads too deep.")
                }
            } else if pending.isEmpty {
                return Place(folder: folder, name: name, path: path)
            } else {
                folders.append(try enter(name, in: folder, path, creating: creatingFolders))
            }
        }
        guard let folder = folders.last else { throw leadsOut(path) }
        return Place(folder: folder, name: Array(".".utf8), path: path)
    }

    /// Opens a folder, never through a link.
    private func enter(
        _ name: [UInt8],
        in folder: Descriptor,
        _ path: WorkspacePath,
        creating: Bool
    ) throws(ToolFailure) -> Descriptor {
        do throws(SystemError) {
            return try Descriptor(name, in: folder, flags: O_RDONLY | O_DIRECTORY)
        } catch {
            guard creating, error.code == ENOENT else { throw failure(error, path, "cannot be opened") }
        }
        do throws(SystemError) {
            guard readsAsItIs(name) else { throw SystemError(code: EILSEQ) }
            do throws(SystemError) {
                try SystemError.check { withCString(name) { mkdirat(folder.number, $0, 0o777) } }
            } catch {
                if error.code != EEXIST { throw error }
            }
            return try Descriptor(name, in: folder, flags: O_RDONLY | O_DIRECTORY)
        } catch {
            throw failure(error, path, "has a folder that cannot be made")
        }
    }

    /// The text of a symbolic link; nil for anything else and for nothing.
    private func linkTarget(
        _ name: [UInt8],
        in folder: Descriptor,
        _ path: WorkspacePath
    ) throws(ToolFailure) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let size = buffer.count
        do throws(SystemError) {
            let count = try SystemError.check {
                buffer.withUnsafeMutableBytes { bytes in
                    bytes.withMemoryRebound(to: CChar.self) { target in
                        guard let target = target.baseAddress else { return -1 }
                        return withCString(name) { Int32(readlinkat(folder.number, $0, target, size)) }
                    }
                }
            }
            return Array(buffer.prefix(Int(count)))
        } catch {
            if error.code == EINVAL || error.code == ENOENT { return nil }
            throw failure(error, path, "cannot be followed")
        }
    }

    private func leadsOut(_ path: WorkspacePath) -> ToolFailure {
        ToolFailure(
            "\(path.shown) is a link, or leads through one, that leads out of the workspace; it is not followed."
        )
    }

    /// Says what the system answered.
    func failure(_ error: SystemError, _ path: WorkspacePath, _ what: String) -> ToolFailure {
        switch error.code {
        case ENOENT: ToolFailure("\(path.shown) does not exist; `ls` and `glob` tell what does.")
        case ENOTDIR: ToolFailure("\(path.shown) leads through something that is not a folder.")
        case EISDIR: ToolFailure("\(path.shown) is a folder, not a file.")
        case ELOOP: ToolFailure("\(path.shown) became a link in the meantime; it is not followed.")
        case EACCES, EPERM: ToolFailure("\(path.shown) \(what): permission denied.")
        case EROFS: ToolFailure("\(path.shown) \(what): the workspace can only be read.")
        case ENOSPC, EDQUOT: ToolFailure("\(path.shown) \(what): the disk is full.")
        case EILSEQ: ToolFailure("\(path.shown) \(what): its name holds characters that do not show.")
        default: ToolFailure("\(path.shown) \(what): \(error.text).")
        }
    }
}
