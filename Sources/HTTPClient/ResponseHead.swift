import HTTPTypes

/// A response's head as libcurl hands it over: line by line, each with its end.
struct ResponseHead {
    private(set) var status = 0
    private(set) var headers = HTTPFields()
    /// Whether all of it has come. An interim response (RFC 9110, 15.2) is followed by the real one.
    private(set) var isComplete = false

    mutating func take(_ line: UnsafeRawBufferPointer) {
        var line = line[...]
        while let last = line.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { line = line.dropLast() }
        if line.isEmpty {
            isComplete = status >= 200
        } else if line.starts(with: "HTTP/".utf8) {
            headers = [:]
            status = Self.status(line)
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")),
            let name = HTTPField.Name(String(decoding: line[..<colon], as: UTF8.self))
        {
            let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }
            headers.append(HTTPField(name: name, value: String(decoding: value, as: UTF8.self)))
        }
    }

    /// The second word of a status line; 0 if that is no number.
    private static func status(_ line: Slice<UnsafeRawBufferPointer>) -> Int {
        let space = UInt8(ascii: " ")
        let word = line.drop { $0 != space }.drop { $0 == space }.prefix { $0 != space }
        return Int(String(decoding: word, as: UTF8.self)) ?? 0
    }
}
