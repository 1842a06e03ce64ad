import Foundation
import Testing

@testable import agent_runner

struct LogSinkTests {
    /// A pipe that nobody reads stalls the writer, and must stall nobody else.
    @Test("a log that nobody reads holds up no one and keeps a bounded number of lines")
    func stalledReader() async throws {
        let pipe = Pipe()
        let sink = LogSink(output: pipe.fileHandleForWriting)
        let line = String(repeating: "x", count: 1000)
        for _ in 0..<(LogSink.capacity + 500) { sink.write(line) }
        #expect(sink.waitingLines <= LogSink.capacity)

        let reader = Task.detached {
            var text = ""
            while let data = try? pipe.fileHandleForReading.read(upToCount: 1 << 16), !data.isEmpty {
                text += String(decoding: data, as: UTF8.self)
            }
            return text
        }
        await sink.flush()
        sink.write("after")
        await sink.flush()
        try pipe.fileHandleForWriting.close()
        let lines = await reader.value.split(separator: "\n")
        #expect(lines.last == "after")
        #expect(lines.contains { $0.hasSuffix("log lines were dropped: nobody read them in time") })
        #expect(sink.waitingLines == 0)
    }
}
