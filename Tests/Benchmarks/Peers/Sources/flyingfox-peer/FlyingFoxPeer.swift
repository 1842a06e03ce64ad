import FlyingFox

/// `GET /hello`.
@main
struct FlyingFoxPeer {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 2, let port = UInt16(arguments[1]) else {
            print("flyingfox-peer PORT")
            return
        }
        let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: port), logger: .disabled)
        await server.appendRoute("GET /hello") { _ in
            HTTPResponse(
                statusCode: .ok,
                headers: [.contentType: "application/json"],
                body: Array(#"{"message":"hello"}"#.utf8).withUnsafeBytes { .init($0) }
            )
        }
        try await server.run()
    }
}
