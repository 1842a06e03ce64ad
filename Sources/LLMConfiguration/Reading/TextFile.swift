#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads a small text file at start. Pipes are welcome (`--llm-api-key-file <(pass show anthropic)`).
enum TextFile {
    /// Why a file could not be read, in words that a path can follow.
    struct Unreadable: Error {
        let why: String
        let isMissing: Bool

        init(_ why: String, isMissing: Bool = false) {
            self.why = why
            self.isMissing = isMissing
        }
    }

    /// The whole text of the file at `path`, at most `limit` bytes of UTF-8.
    static func read(_ path: String, limit: Int) throws(Unreadable) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = piece.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(errno) }
            guard count > 0 else { break }
            bytes += piece[..<count]
            guard bytes.count <= limit else { throw Unreadable("larger than \(limit) bytes") }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Unreadable("not UTF-8 text") }
        return text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    }

    private static func unreadable(_ code: Int32) -> Unreadable {
        switch code {
        case ENOENT, ENOTDIR: Unreadable("no such file", isMissing: true)
        case EISDIR: Unreadable("a directory, not a file")
        case EACCES, EPERM: Unreadable("no permission to read")
        default: Unreadable("cannot be read (error \(code))")
        }
    }

    private static func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, buffer, count)
        #elseif canImport(Musl)
            Musl.read(descriptor, buffer, count)
        #else
            Darwin.read(descriptor, buffer, count)
        #endif
    }
}

extension String {
    /// With a leading `~/` replaced: no shell does it for variables and for `--flag=~/path`.
    func expandingTilde(_ homeDirectory: String) -> String {
        guard hasPrefix("~/"), !homeDirectory.isEmpty else { return self }
        return homeDirectory.withoutTrailingSlashes + dropFirst()
    }

    /// With the home directory written as `~`.
    func abbreviatingHome(_ homeDirectory: String) -> String {
        let home = homeDirectory.withoutTrailingSlashes
        guard !home.isEmpty, hasPrefix(home + "/") else { return self }
        return "~" + dropFirst(home.count)
    }

    /// Without any slash at its end.
    var withoutTrailingSlashes: String {
        var text = self[...]
        while text.last == "/" { text.removeLast() }
        return String(text)
    }
}
