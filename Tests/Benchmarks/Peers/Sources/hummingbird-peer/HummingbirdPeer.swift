import AsyncHTTPClient
import Hummingbird
import Logging
import NIOCore
import NIOPosix

/// `GET /hello`, and `POST /api/chat` relayed to the model server as its bytes come.
@main
struct HummingbirdPeer {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let port = Int(arguments[1]) else {
            print("hummingbird-peer PORT UPSTREAM")
            return
        }
        let upstream = arguments[2]
        // One thread for both, as the others are given one core.
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 20_000
        let client = HTTPClient(eventLoopGroup: threads, configuration: configuration)
        let router = Router()
        router.get("hello") { _, _ in #"{"message":"hello"}"# }
        router.post("api/chat") { request, _ in
            var call = HTTPClientRequest(url: upstream + "/api/chat")
            call.method = .POST
            call.headers.add(name: "Content-Type", value: "application/json")
            call.body = .bytes(try await request.body.collect(upTo: 1 << 20))
            let answer = try await client.execute(call, timeout: .minutes(10))
            return Response(
                status: .ok,
                headers: [.contentType: "application/x-ndjson"],
                body: ResponseBody(asyncSequence: answer.body)
            )
        }
        var logger = Logger(label: "hummingbird-peer")
        logger.logLevel = .error
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: port), backlog: 4096),
            eventLoopGroupProvider: .shared(threads),
            logger: logger
        )
        try await application.runService()
        try await client.shutdown()
    }
}
