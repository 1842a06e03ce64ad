import HTTPTypes

@testable import HTTPServer

/// What the parser makes of a request, in one line: a head (with its host unless that is "a"), the status it is refused
/// with, or "more".
enum HeadMeaning {
    /// The meaning of a request that grows as told. Its limits are 100 bytes for the line and 1,000 for head and body.
    static func of(_ views: [[UInt8]]) -> String {
        var configuration = HTTPServerConfiguration()
        configuration.maxRequestLine = 100
        configuration.maxHead = 1000
        configuration.maxBody = 1000
        var parser = RequestHeadParser(configuration: configuration)
        do {
            for view in views {
                if let (head, _) = try view.withUnsafeBytes({ try parser.parse($0) }) { return describe(head) }
            }
            return "more"
        } catch let rejection as Rejection {
            return "\(rejection.status)"
        } catch {
            return "\(error)"
        }
    }

    private static func describe(_ head: RequestHead) -> String {
        var words = [head.method.rawValue, head.path]
        if let query = head.query { words.append("?\(query)") }
        words.append("\(head.framing)")
        if !head.isHTTP11 { words.append("1.0") }
        if head.expectsContinue { words.append("continue") }
        if !head.keepsAlive { words.append("close") }
        if let host = head.headers[.host], host != "a" { words.append("host=\(host)") }
        return words.joined(separator: " ")
    }
}
