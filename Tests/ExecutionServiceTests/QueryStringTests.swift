import Testing

@testable import ExecutionService

@Suite struct QueryStringTests {
    static let read: [(String?, values: [String: String])] = [
        (nil, [:]), ("", [:]), ("&", [:]), ("a=1", ["a": "1"]), ("a=1&b=2", ["a": "1", "b": "2"]),
        ("&a=1&&b=2&", ["a": "1", "b": "2"]), ("a", ["a": ""]), ("a=", ["a": ""]), ("a=b=c", ["a": "b=c"]),
        ("a=two%20words", ["a": "two words"]), ("a=two+words", ["a": "two words"]), ("a=1%2B1", ["a": "1+1"]),
        ("%61=%C3%A9", ["a": "é"]), ("a=%26%3D%25", ["a": "&=%"]), ("a=é", ["a": "é"]), ("a=%00", ["a": "\u{0}"]),
    ]

    @Test(arguments: read)
    func aQueryIsRead(row: (text: String?, values: [String: String])) throws {
        #expect(try QueryString.parse(row.text, known: ["a", "b"]) == row.values)
    }

    static let refused: [(String, words: String)] = [
        ("c=1", "unknown query parameter \"c\": known are a, b"), ("A=1", "unknown query parameter \"A\""),
        ("=1", "unknown query parameter \"\""), ("a%20=1", "unknown query parameter \"a \""),
        ("a=1&a=2", "a is given twice"), ("a=1&%61=1", "a is given twice"), ("a=%", "percent-encoded"),
        ("a=%4", "percent-encoded"), ("a=%g0", "percent-encoded"), ("a=%ff", "percent-encoded"),
        ("%zz=1", "percent-encoded"),
    ]

    @Test(arguments: refused)
    func aWrongOneIsNamed(row: (text: String, words: String)) {
        let error = #expect(throws: ServiceError.self) { try QueryString.parse(row.text, known: ["b", "a"]) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(row.words) == true, "\(error?.message ?? "")")
    }
}
