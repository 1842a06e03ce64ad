import HTTPServer
import Testing

@Suite("Listen addresses")
struct ListenAddressTests {
    static let good: [(String, String)] = [
        ("127.0.0.1:7235", "127.0.0.1:7235"), (":80", "[::]:80"), ("[::1]:0", "[::1]:0"),
        ("localhost:65535", "localhost:65535"),
        ("[fe80::1%eth0]:1", "[fe80::1%eth0]:1"), ("a:007", "a:7"),
    ]

    @Test("are shown as they can be read again", arguments: good)
    func roundTrip(text: String, shown: String) throws {
        let address = try #require(ListenAddress(text))
        #expect(address.description == shown)
        #expect(ListenAddress(shown) == address)
    }

    @Test(
        "that are none are refused",
        arguments: [
            "", "a", "a:", "a:65536", "a:+1", "a:-1", "a: 1", "a b:1", "::1:80", "[host]:80", "[]:80", "[[::1]]:80",
            "[::1:80", "::1]:80", "a:\u{665}", "\u{E4}:1", "a\n:1",
        ]
    )
    func refusal(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
