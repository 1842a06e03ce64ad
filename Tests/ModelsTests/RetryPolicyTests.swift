import HTTPTypes
import Testing

@testable import Models

@Suite struct RetryPolicyTests {
    static let headers: [(HTTPFields, Duration?)] = [
        ([:], nil),
        ([.retryAfter: "0"], .zero),
        ([.retryAfter: "1.5"], .milliseconds(1500)),
        ([.retryAfter: "-1"], nil),
        ([.retryAfter: "1e400"], nil),
        ([.retryAfter: "nan"], nil),
        ([.retryAfter: "soon"], nil),
        ([.retryAfter: "Sun, 06 Nov 1994 08:50:00 GMT"], .seconds(23)),
        ([.retryAfter: "Sun, 06 Nov 1994 08:00:00 GMT"], .zero),
        ([.retryAfter: "Sun, 06 Nov 1994 25:00:00 GMT"], nil),
        ([.retryAfter: "Sunday, 06-Nov-94 08:49:37 GMT"], nil),
    ]

    @Test(arguments: headers.indices)
    func retryAfterIsReadInBothForms(index: Int) {
        let (headers, expected) = Self.headers[index]
        // 784111777 is Sun, 06 Nov 1994 08:49:37 GMT, RFC 9110's example.
        #expect(RetryPolicy(secondsSince1970: { 784_111_777 }).retryAfter(headers) == expected)
    }

    @Test(arguments: [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000),
        ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200), ("Tue, 31 Dec 2030 23:59:60 GMT", 1_924_992_000),
    ])
    func datesAreCountedFrom1970(text: String, seconds: Double) {
        #expect(RetryPolicy.seconds(ofDate: text) == seconds)
    }

    @Test func waitsDoubleWithHalfOfThemByChanceAndHaveALimit() {
        let low = RetryPolicy(random: { 0 })
        let high = RetryPolicy(random: { 1 })
        #expect((1...3).map { low.delay(after: $0) } == [.milliseconds(250), .milliseconds(500), .seconds(1)])
        #expect((1...3).map { high.delay(after: $0) } == [.milliseconds(500), .seconds(1), .seconds(2)])
        #expect(high.delay(after: 100) == .seconds(60))
    }
}
