#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Workspace {
    /// What a name in a folder stands for.
    enum Kind: Sendable, Equatable {
        case file(bytes: Int), folder, link, other
    }

    /// Reads a whole regular file.
    ///
    /// - Throws: ``ToolFailure``, also for one beyond ``WorkspaceLimits/readBytes``.
    func read(_ path: WorkspacePath) throws(ToolFailure) -> [UInt8] {
        let place = try resolve(path)
        return try read(place.name, in: place.folder, path)
    }

    /// Reads a regular file in an open folder.
    func read(_ name: [UInt8], in folder: Descriptor, _ path: WorkspacePath) throws(ToolFailure) -> [UInt8] {
        do throws(SystemError) {
            // Not waiting: a named pipe would keep the thread until somebody wrote.
            let file = try Descriptor(name, in: folder, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
            let status = try file.status()
            switch Workspace.kind(status) {
            case .folder: throw SystemError(code: EISDIR)
            case .file: break
            case .link, .other: throw SystemError(code: ENOTSUP)
            }
            // It may grow while it is read.
            let bytes = try file.read(atMost: limits.readBytes + 1)
            guard bytes.count <= limits.readBytes else { throw SystemError(code: EFBIG) }
            return bytes
        } catch {
            switch error.code {
            case ENOTSUP, ENXIO: throw ToolFailure("\(path.shown) is not a regular file.")
            case EFBIG:
                throw ToolFailure(
                    "\(path.shown) is larger than \(limits.readBytes) bytes, the most that is read; "
                        + "look at a part of it with a command, if there is one to run commands."
                )
            default: throw failure(error, path, "cannot be read")
            }
        }
    }

    /// Writes a whole file: whoever reads it sees the old text or the new one, nothing between.
    ///
    /// - Returns: whether there was no such file before.
    /// - Throws: ``ToolFailure``
    func write(_ bytes: [UInt8], to path: WorkspacePath) throws(ToolFailure) -> Bool {
        guard bytes.count <= limits.writtenBytes else {
            throw ToolFailure(
                "The text is \(bytes.count) bytes long; a file of at most \(limits.writtenBytes) bytes is written."
            )
        }
        let place = try resolve(path, creatingFolders: true)
        do throws(SystemError) {
            let before = try status(place.name, in: place.folder)
            switch before.map(Workspace.kind) {
            case .folder: throw SystemError(code: EISDIR)
            case .link: throw SystemError(code: ELOOP)
            case .other: throw SystemError(code: ENOTSUP)
            case .file: break
            case nil: if !readsAsItIs(place.name) { throw SystemError(code: EILSEQ) }
            }
            try replace(place, with: bytes, mode: before.map { $0.st_mode & 0o777 })
            return before == nil
        } catch {
            if error.code == ENOTSUP { throw ToolFailure("\(path.shown) is not a regular file.") }
            throw failure(error, path, "cannot be written")
        }
    }

    /// What a name in an open folder stands for; nil for nothing.
    func status(_ name: [UInt8], in folder: Descriptor) throws(SystemError) -> stat? {
        var status = stat()
        do throws(SystemError) {
            try SystemError.check { withCString(name) { fstatat(folder.number, $0, &status, AT_SYMLINK_NOFOLLOW) } }
            return status
        } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
    }

    static func kind(_ status: stat) -> Kind {
        switch status.st_mode & S_IFMT {
        case S_IFREG: .file(bytes: Int(status.st_size))
        case S_IFDIR: .folder
        case S_IFLNK: .link
        default: .other
        }
    }

    private func replace(_ place: Place, with bytes: [UInt8], mode: mode_t?) throws(SystemError) {
        let scratch = Array(".agent-runner-\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp".utf8)
        let file = try Descriptor(scratch, in: place.folder, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode ?? 0o666)
        do throws(SystemError) {
            if let mode { try SystemError.check { fchmod(file.number, mode) } }
            try file.write(bytes)
            try SystemError.check { fsync(file.number) }
            try SystemError.check {
                withCString(scratch) { from in
                    withCString(place.name) { renameat(place.folder.number, from, place.folder.number, $0) }
                }
            }
        } catch {
            _ = withCString(scratch) { unlinkat(place.folder.number, $0, 0) }
            throw error
        }
    }
}
