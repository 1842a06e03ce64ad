import Foundation

/// How many TCP connections of this machine go to a local port and are in a state of Linux's table: `02` for one that
/// is asked for and not taken yet, `01` for an established one.
func connections(to port: UInt16, state: String) throws -> Int {
    let table = try readWhole("/proc/net/tcp")
    let wanted = ":" + String(format: "%04X", Int(port))
    return table.split(separator: "\n").dropFirst().count { line in
        let fields = line.split(separator: " ")
        return fields.count > 3 && fields[2].hasSuffix(wanted) && fields[3] == state
    }
}

/// A file of /proc, whose size is not known before it is read.
func readWhole(_ path: String) throws -> String {
    let file = try FileHandle(forReadingFrom: URL(filePath: path))
    defer { try? file.close() }
    return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
}
