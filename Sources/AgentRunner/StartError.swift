import Foundation

/// Something that keeps the program from starting, in one line.
struct StartError: Error, CustomStringConvertible {
    /// EX_CONFIG of sysexits.h.
    static let configurationExitCode: Int32 = 78

    let description: String

    init(_ description: String) { self.description = description }
}

func printError(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
}
