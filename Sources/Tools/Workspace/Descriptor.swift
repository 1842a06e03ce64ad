#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An open file or folder, closed when nobody needs it any more.
final class Descriptor: Sendable {
    /// The number that the system knows it by.
    let number: Int32

    /// Takes over an open descriptor.
    init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// Opens `name` in a folder; a symbolic link is never followed.
    ///
    /// - Throws: ``SystemError``
    convenience init(_ name: [UInt8], in folder: Descriptor, flags: Int32, mode: mode_t = 0) throws(SystemError) {
        self.init(
            try SystemError.check {
                withCString(name) { openat(folder.number, $0, flags | O_NOFOLLOW | O_CLOEXEC, mode) }
            }
        )
    }

    /// What it is: kind, size, times.
    func status() throws(SystemError) -> stat {
        var status = stat()
        try SystemError.check { fstat(number, &status) }
        return status
    }

    /// Reads it to its end, or to `limit` bytes.
    func read(atMost limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while bytes.count < limit {
            let wanted = min(piece.count, limit - bytes.count)
            let count = piece.withUnsafeMutableBytes { systemRead(number, $0.baseAddress, wanted) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError(code: errno) }
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return bytes
    }

    /// Reads what is there now, at most `limit` bytes; nothing at its end.
    func readOnce(atMost limit: Int) throws(SystemError) -> [UInt8] {
        var count = 0
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
            repeat { count = systemRead(number, buffer.baseAddress, limit) } while count < 0 && errno == EINTR
            code = errno
            filled = max(0, count)
        }
        if count < 0 { throw SystemError(code: code) }
        return bytes
    }

    /// Writes all of it.
    func write(_ bytes: [UInt8]) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                systemWrite(number, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError(code: errno) }
            written += count
        }
    }

    /// The names in a folder, without `.` and `..`, in no order, and whether these are all.
    func names(atMost limit: Int) throws(SystemError) -> (names: [[UInt8]], areAll: Bool) {
        // Of its own, since closing the stream closes its descriptor, and its place must be the folder's start.
        let copy = try SystemError.check { openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = fdopendir(copy) else {
            let code = errno
            close(copy)
            throw SystemError(code: code)
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SystemError(code: errno) }
                return (names, true)
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name == Array(".".utf8) || name == Array("..".utf8) { continue }
            guard names.count < limit else { return (names, false) }
            names.append(name)
        }
    }
}

/// What the system answered instead of doing what it was asked for.
struct SystemError: Error, Equatable {
    /// `errno`
    let code: Int32

    /// Calls the system, again when a signal came between.
    @discardableResult
    static func check(_ call: () -> Int32) throws(SystemError) -> Int32 {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw SystemError(code: code) }
        }
    }

    /// In the system's own words.
    var text: String { String(cString: strerror(code)) }
}

/// Hands a name of any bytes to the system.
func withCString<Result>(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (name + [0]).withUnsafeBytes { bytes in
        // The array just above has at least its zero, so there is an address.
        bytes.withMemoryRebound(to: CChar.self) { buffer in
            if let start = buffer.baseAddress { body(start) } else { body("") }
        }
    }
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
        Glibc.read(descriptor, buffer, count)
    #else
        Darwin.read(descriptor, buffer, count)
    #endif
}

private func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
        Glibc.write(descriptor, buffer, count)
    #else
        Darwin.write(descriptor, buffer, count)
    #endif
}
