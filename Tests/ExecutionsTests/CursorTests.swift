import Testing

@testable import Executions

@Suite struct CursorTests {
    static let good: [(text: String, events: Int, bytes: Int, written: String)] = [
        ("0", 0, 0, "0"), ("5", 5, 0, "5"), ("5.140", 5, 140, "5.140"), ("0.7", 0, 7, "0.7"), ("5.0", 5, 0, "5"),
        ("9223372036854775807.9223372036854775807", .max, .max, "9223372036854775807.9223372036854775807"),
    ]

    @Test(arguments: good)
    func aPlaceIsRead(row: (text: String, events: Int, bytes: Int, written: String)) {
        let cursor = Cursor(row.text)
        #expect(cursor == Cursor(events: row.events, bytes: row.bytes))
        #expect(cursor?.description == row.written)
    }

    @Test(arguments: [
        "", " ", "x", "-1", "+1", "5.", ".5", "5.1.2", "5,1", "5 ", " 5", "1e3", "0x10", "5.-1", "5.+1", "٣", "5.٣",
        "5\n",
        "9223372036854775808", "5.9223372036854775808", "99999999999999999999999", "null", "5\u{0}",
    ])
    func anythingElseIsNone(text: String) {
        #expect(Cursor(text) == nil)
    }
}
