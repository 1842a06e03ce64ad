/// Takes the chunked transfer coding off a body as it comes (RFC 9112, 7.1).
struct ChunkedDecoder {
    private enum State {
        case size(digits: Int, value: Int)
        case beforeExtension
        case extensions
        case sizeLineFeed
        case data(left: Int)
        case dataCarriageReturn
        case dataLineFeed
        case trailerStart
        case trailer
        case trailerLineFeed
        case endLineFeed
        case done
    }

    private var state = State.size(digits: 0, value: 0)
    /// Bytes of chunk extensions and trailers: nobody reads them, so there must not be many.
    private var overhead = 0
    private static let overheadLimit = 16 * 1024

    var isDone: Bool {
        if case .done = state { return true }
        return false
    }

    /// Decodes bytes into `body` until they or the body end.
    ///
    /// - Returns: how many bytes were used; what is left belongs to the next request.
    mutating func decode(_ bytes: UnsafeRawBufferPointer, into body: inout [UInt8]) throws(Rejection) -> Int {
        var index = 0
        while index < bytes.count {
            if case .done = state { break }
            if case .data(let left) = state {
                let count = min(left, bytes.count - index)
                body.append(contentsOf: bytes[index..<(index + count)])
                index += count
                state = count == left ? .dataCarriageReturn : .data(left: left - count)
                continue
            }
            try step(bytes[index])
            index += 1
        }
        return index
    }

    private mutating func step(_ byte: UInt8) throws(Rejection) {
        switch state {
        case .size(let digits, let value):
            if let digit = hexValue(byte) {
                guard digits < 8 else { throw Rejection(413, "a chunk of the body is too large") }
                state = .size(digits: digits + 1, value: value << 4 | digit)
            } else {
                guard digits > 0 else { throw malformed("a chunk has no size") }
                size = value
                try afterSize(byte)
            }
        case .beforeExtension, .extensions:
            try afterSize(byte)
        case .sizeLineFeed:
            guard byte == Ascii.lineFeed else { throw malformed("a chunk's size ends without CR LF") }
            state = size == 0 ? .trailerStart : .data(left: size)
        case .data:
            throw malformed("out of step")
        case .dataCarriageReturn:
            guard byte == Ascii.carriageReturn else { throw malformed("a chunk is longer than its size says") }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == Ascii.lineFeed else { throw malformed("a chunk ends without CR LF") }
            state = .size(digits: 0, value: 0)
        case .trailerStart:
            try countOverhead()
            state = byte == Ascii.carriageReturn ? .endLineFeed : .trailer
            if byte == Ascii.lineFeed { throw malformed("a trailer ends without CR LF") }
            if byte != Ascii.carriageReturn { try checkText(byte) }
        case .trailer:
            try countOverhead()
            if byte == Ascii.lineFeed { throw malformed("a trailer ends without CR LF") }
            if byte == Ascii.carriageReturn { state = .trailerLineFeed } else { try checkText(byte) }
        case .trailerLineFeed:
            guard byte == Ascii.lineFeed else { throw malformed("a trailer ends without CR LF") }
            state = .trailerStart
        case .endLineFeed:
            guard byte == Ascii.lineFeed else { throw malformed("the body ends without CR LF") }
            state = .done
        case .done:
            break
        }
    }

    private var size = 0

    private mutating func afterSize(_ byte: UInt8) throws(Rejection) {
        switch byte {
        case Ascii.carriageReturn:
            // White space belongs to the extension that follows it, and not to a size (RFC 9112, 7.1.1).
            if case .beforeExtension = state { throw malformed("white space stands behind a chunk's size") }
            state = .sizeLineFeed
        case Ascii.lineFeed:
            throw malformed("a chunk's size ends without CR LF")
        default:
            try countOverhead()
            try checkText(byte)
            if case .extensions = state { return }
            // Extensions begin with a semicolon, which white space may precede.
            guard byte == UInt8(ascii: ";") || byte == Ascii.space || byte == Ascii.tab else {
                throw malformed("a chunk's size is not a hexadecimal number")
            }
            state = byte == UInt8(ascii: ";") ? .extensions : .beforeExtension
        }
    }

    private mutating func countOverhead() throws(Rejection) {
        overhead += 1
        guard overhead <= ChunkedDecoder.overheadLimit else {
            throw malformed("chunk extensions and trailers are over \(ChunkedDecoder.overheadLimit) bytes")
        }
    }

    /// Nobody reads extensions and trailers, and another reader might see an end in a control character.
    private func checkText(_ byte: UInt8) throws(Rejection) {
        guard byte >= 0x20 && byte != 0x7F || byte == Ascii.tab else {
            throw malformed("a chunk extension or a trailer holds a control character")
        }
    }

    private func malformed(_ what: String) -> Rejection {
        Rejection(400, "the chunked body is malformed: \(what)")
    }

    private func hexValue(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x46: Int(byte) - 0x41 + 10
        case 0x61...0x66: Int(byte) - 0x61 + 10
        default: nil
        }
    }
}
