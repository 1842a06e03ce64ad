import HTTPTypes

/// The bytes that wait to be sent, as one growing piece.
///
/// Stream pieces written between two sends become one chunk of the chunked coding (RFC 9112, 7.1): room for its size
/// is left in front and filled in when it is known.
struct OutputBuffer {
    /// More than this is sent before the turn ends.
    static let earlyFlush = 32 * 1024
    /// An empty buffer keeps at most this much memory.
    private static let keptCapacity = 4 * 1024

    /// Whether stream pieces get the chunked coding.
    var isChunked = false
    private var bytes: [UInt8] = []
    private var sent = 0
    private var openChunk: Int?

    /// Eight hexadecimal digits, leading zeros allowed, and CR LF.
    private static let sizeLine = Array("00000000\r\n".utf8)

    var count: Int { bytes.count - sent }
    var hasBytes: Bool { count > 0 }

    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
    mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    mutating func appendStatus(_ status: Int) {
        append(status == 200 ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 \(status) \(statusPhrase(status))\r\n")
    }

    mutating func append(_ fields: HTTPFields) {
        for field in fields {
            append(field.name.rawName)
            append(": ")
            append(field.value)
            append("\r\n")
        }
    }

    mutating func writeBody(_ build: (inout [UInt8]) -> Void) {
        if isChunked && openChunk == nil {
            openChunk = bytes.count
            bytes.append(contentsOf: OutputBuffer.sizeLine)
        }
        build(&bytes)
    }

    mutating func endBody() {
        closeChunk()
        if isChunked { append("0\r\n\r\n") }
    }

    private mutating func closeChunk() {
        guard let start = openChunk else { return }
        openChunk = nil
        var size = bytes.count - start - OutputBuffer.sizeLine.count
        guard size > 0 else {
            bytes.removeLast(OutputBuffer.sizeLine.count)
            return
        }
        for place in (start..<(start + 8)).reversed() {
            let digit = UInt8(size & 15)
            bytes[place] = digit < 10 ? digit + 0x30 : digit - 10 + 0x61
            size >>= 4
        }
        append("\r\n")
    }

    enum Outcome {
        case sentAll
        case wouldBlock
        case failed
    }

    mutating func send(to descriptor: Int32, through transport: Transport) -> Outcome {
        closeChunk()
        while sent < bytes.count {
            let result = bytes.withUnsafeBytes {
                transport.write(descriptor, UnsafeRawBufferPointer(rebasing: $0[sent...]))
            }
            switch result {
            case .bytes(let count):
                sent += count
            case .wouldBlock:
                if sent >= OutputBuffer.earlyFlush && sent >= bytes.count / 2 {
                    bytes.removeFirst(sent)
                    sent = 0
                }
                return .wouldBlock
            case .end, .failed:
                return .failed
            }
        }
        bytes.removeAll(keepingCapacity: bytes.capacity <= OutputBuffer.keptCapacity)
        sent = 0
        return .sentAll
    }
}
