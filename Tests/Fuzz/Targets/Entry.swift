#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The target that `FUZZ_TARGET` names.
private let selected = getenv("FUZZ_TARGET").flatMap { name in
    FuzzTarget.all.first { $0.name == String(cString: name) }
}

@_cdecl("agent_runner_fuzz_is_known")
func isKnown() -> Int32 { selected == nil ? 0 : 1 }

/// One run. libFuzzer keeps the input of one that aborts.
@_cdecl("agent_runner_fuzz")
func run(_ data: UnsafePointer<UInt8>?, _ size: Int) {
    guard let selected else { return }
    do {
        try selected.check(Array(UnsafeBufferPointer(start: data, count: size)))
    } catch {
        let words = Array("FINDING in \(selected.name): \(error)\n".utf8)
        _ = write(STDERR_FILENO, words, words.count)
        abort()
    }
}
