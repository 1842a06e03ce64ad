#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads small files of the operator's, with a sentence about what is wrong.
enum DefinitionFile {
    /// What tells that a file has changed.
    struct Version: Equatable {
        let size: Int
        let seconds: Int
        let nanoseconds: Int
        let inode: UInt64
    }

    /// Why a file cannot be read.
    struct Unreadable: Error {
        let why: String
    }

    /// What a regular file is at now; nil for anything else.
    static func version(_ path: String) -> Version? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        #if canImport(Glibc)
            let time = status.st_mtim
        #else
            let time = status.st_mtimespec
        #endif
        return Version(
            size: Int(status.st_size),
            seconds: Int(time.tv_sec),
            nanoseconds: Int(time.tv_nsec),
            inode: UInt64(status.st_ino)
        )
    }

    /// The text of a file, at most `limit` bytes of UTF-8.
    static func text(_ path: String, limit: Int) throws(Unreadable) -> String {
        let bytes = try bytes(path, limit: limit)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Unreadable(why: "it is not UTF-8 text") }
        return text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    }

    /// The bytes of a regular file.
    static func bytes(_ path: String, limit: Int) throws(Unreadable) -> [UInt8] {
        guard version(path) != nil else { throw Unreadable(why: "it is not a file that can be read") }
        guard let file = fopen(path, "rb") else { throw Unreadable(why: String(cString: strerror(errno))) }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        let count = fread(&bytes, 1, limit + 1, file)
        guard ferror(file) == 0 else { throw Unreadable(why: "it cannot be read") }
        guard count <= limit else { throw Unreadable(why: "it is larger than \(limit) bytes") }
        return Array(bytes[..<count])
    }

    /// The names in a folder, sorted; nil where there is no such folder.
    static func names(_ path: String) -> [String]? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
