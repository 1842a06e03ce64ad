@testable import LineStreams
import Foundation
import Testing

@Suite struct SSEDecoderTests {
    static let streams: [(String, [String])] = [
        ("data: a\n\n", ["a"]),
        ("data:a\n\ndata: b\n\n", ["a", "b"]),
        ("data: a\ndata:  b\ndata\n\n", ["a\n b\n"]),
        ("\u{feff}data: a\n\n", ["a"]),
        (": comment\nid: 1\nretry: 5\nevent: x\ndata: a\ndatax: b\n\n", ["a"]),
        ("data: a\r\n\r\ndata: b\r\rdata: c\n\n", ["a", "b", "c"]),
        ("\n\n\nevent: nothing\n\n", []),
        ("data:\n\n", [""]),
        ("data: cut off\n", []),
        ("data: é😀\n\n", ["é😀"]),
    ]

    @Test(arguments: streams)
    func eventsAreTheSameWhereverTheStreamIsCut(stream: String, events: [String]) throws {
        let bytes = Array(stream.utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                var decoder = SSEDecoder()
                var seen: [String] = []
                for piece in [bytes[..<first], bytes[first..<second], bytes[second...]] {
                    try Array(piece).withUnsafeBytes { piece in
                        try decoder.decode(piece) { seen.append(String(decoding: $0, as: UTF8.self)) }
                    }
                }
                #expect(seen == events, "cut at \(first) and \(second)")
            }
        }
    }

    /// Where LF is looked for before every line anew, four times the lines take ten times as long and more.
    @Test func theTimeOfLinesThatEndInCarriageReturnsGrowsAsTheyDo() throws {
        func time(lines count: Int) throws -> Double {
            let stream = Array(repeating: UInt8(ascii: "\r"), count: count)
            var lines = 0
            var decoder = LineDecoder()
            let start = threadTime()
            try stream.withUnsafeBytes { try decoder.decode($0) { _ in lines += 1 } }
            #expect(lines == count)
            return threadTime() - start
        }
        let short = try time(lines: 1 << 17)
        #expect(try time(lines: 1 << 19) < 8 * short)
    }

    /// What the thread has worked, in seconds: others work beside it.
    private func threadTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test func dataOfManyLinesIsBoundedToo() {
        var decoder = SSEDecoder(limit: 10)
        #expect(throws: LineDecoder.TooLong(limit: 10)) {
            for _ in 0..<3 {
                try Array("data:1234\n".utf8).withUnsafeBytes { try decoder.decode($0) { _ in } }
            }
        }
    }

    @Test(arguments: [9, 10, 11]) func aLineIsTakenUpToTheLimit(count: Int) {
        let line = "data:" + String(repeating: "x", count: count - 5)
        var decoder = SSEDecoder(limit: 10)
        var got = 0
        var isRefused = false
        Array("\(line)\n\n".utf8).withUnsafeBytes { bytes in
            do { try decoder.decode(bytes) { got = $0.count } } catch { isRefused = true }
        }
        #expect(isRefused == (count > 10) && got == (count > 10 ? 0 : count - 5))
    }
}
