/// The names under which models know the tools of servers: `server__tool`, letters, digits, `_` and `-`, at most 64.
///
/// Two tools never have one name by chance: a name that had to be cleaned or cut, or that could be read in two ways,
/// ends in a hash of the real names.
enum ToolName {
    static let limit = 64

    static func of(_ tool: String, server: String) -> String {
        let plain = "\(cleaned(server))__\(cleaned(tool))"
        // The first `__` is where the server's name ends, if that has none and does not end in `_`.
        let isUnambiguous = !server.contains("__") && !server.hasSuffix("_") && !server.isEmpty && !tool.isEmpty
        if plain == "\(server)__\(tool)", plain.utf8.count <= limit, isUnambiguous { return plain }
        let hash = hash(server, tool)
        return "\(plain.prefix(limit - hash.count - 1))_\(hash)"
    }

    private static func cleaned(_ name: String) -> String {
        String(
            decoding: name.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    byte
                default: UInt8(ascii: "_")
                }
            },
            as: UTF8.self
        )
    }

    /// FNV-1a over both names and what parts them; twelve digits of sixteen.
    private static func hash(_ server: String, _ tool: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in Array(server.utf8) + [0] + Array(tool.utf8) {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return String((String(repeating: "0", count: 16 - digits.count) + digits).suffix(12))
    }
}
