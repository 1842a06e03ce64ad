import Executions
import Foundation
import Synchronization

/// Keeps a folder for one runner: a file in it that is locked as long as the runner lives, whatever its end.
final class DirectoryLock: Sendable {
    private static let fileName = "runner.lock"

    private let descriptor: Mutex<Int32?>

    /// Makes the folder if it is missing, and takes it.
    ///
    /// - Throws: ``StoreError``, which names the process that has it.
    init(directory: String) throws(StoreError) {
        try Self.make(directory)
        let path = directory + "/" + Self.fileName
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("open", path, errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            defer { close(descriptor) }
            guard number == EWOULDBLOCK else { throw .system("lock", path, number) }
            let holder = Self.holder(descriptor).map { "process \($0)" } ?? "another process"
            throw StoreError(
                .unavailable,
                "\(directory) is in use by \(holder): stop that runner, or name another folder with --data-dir"
            )
        }
        let holder = Array("\(getpid())\n".utf8)
        // Only for the sentence above: a full disk must not keep a runner from what it has.
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, holder, holder.count, 0) }
        self.descriptor = Mutex(descriptor)
    }

    deinit { release() }

    /// Lets another runner have the folder.
    func release() {
        // The file stays: if it were removed, two runners could hold a lock on two files of its name.
        descriptor.withLock { descriptor in
            if let open = descriptor { close(open) }
            descriptor = nil
        }
    }

    private static func make(_ directory: String) throws(StoreError) {
        guard !FileManager.default.fileExists(atPath: directory) else { return }
        let parent = (directory as NSString).deletingLastPathComponent
        if !parent.isEmpty && parent != directory { try make(parent) }
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw .system("make", directory, errno) }
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var text = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &text, text.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: text[..<count], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
