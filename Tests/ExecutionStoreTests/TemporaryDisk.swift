import Foundation

/// A small disk of its own, in memory, for a test of what happens when it is full or read-only.
enum TemporaryDisk {
    /// Whether this user may mount one; in a container often not.
    static let isAllowed: Bool = {
        #if os(Linux)
            let path = NSTemporaryDirectory() + "disk-\(UUID().uuidString)"
            guard mkdir(path, 0o700) == 0 else { return false }
            defer { rmdir(path) }
            guard mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 else { return false }
            umount2(path, 0)
            return true
        #else
            return false
        #endif
    }()

    #if os(Linux)
        static func use(megabytes: Int, _ body: (String) async throws -> Void) async throws {
            let path = NSTemporaryDirectory() + "disk-\(UUID().uuidString)"
            guard mkdir(path, 0o700) == 0, mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
                throw POSIXError(.init(rawValue: errno) ?? .EIO)
            }
            defer {
                umount2(path, Int32(MNT_DETACH))
                rmdir(path)
            }
            try await body(path)
        }

        static func setReadOnly(_ isReadOnly: Bool, _ path: String) throws {
            let flags = UInt(MS_REMOUNT) | (isReadOnly ? UInt(MS_RDONLY) : 0)
            guard mount("tmpfs", path, "tmpfs", flags, nil) == 0 else {
                throw POSIXError(.init(rawValue: errno) ?? .EIO)
            }
        }
    #endif
}
