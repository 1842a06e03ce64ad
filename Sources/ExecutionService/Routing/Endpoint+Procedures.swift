import EventLoop
import HTTPServer
import HTTPTypes
import StigmerProtos
import SwiftProtobuf

extension Endpoint {
    init<P: UnaryProcedure>(_ procedure: P) {
        self.init(P.self) { (exchange, match) async throws(ServiceError) in
            let negotiated = try Negotiation.unary(exchange.head, isForPeople: match.rule != nil)
            let info = try CallInfo(exchange)
            let request = try await P.request(of: exchange, match, negotiated)
            let response = try await withTimeout(info) { () async throws(ServiceError) in
                try await procedure.call(request, info)
            }
            try exchange.respond(with: response, as: negotiated.message)
        }
    }

    init<P: StreamingProcedure>(_ procedure: P, _ streams: OpenStreams, pingInterval: Duration) {
        self.init(P.self) { (exchange, match) async throws(ServiceError) in
            let negotiated = try Negotiation.streaming(exchange.head, isForPeople: match.rule != nil)
            let stream = ResponseStream(
                exchange: exchange,
                framing: negotiated.framing,
                pingInterval: pingInterval
            )
            do throws(ServiceError) {
                let info = try CallInfo(exchange)
                try streams.enter(info.caller)
                defer { streams.leave(info.caller) }
                let request = try await P.request(of: exchange, match, negotiated)
                try await procedure.call(request, info, stream)
                stream.end(nil)
            } catch {
                guard stream.hasBegun || negotiated.framing.isConnect else { throw error }
                // Connect tells every error of a stream in its end frame, behind a 200.
                stream.begin(headers: error.headers)
                stream.end(error)
            }
        }
    }

    private init<P: Procedure>(
        _ type: P.Type,
        serve: @escaping @Sendable (Exchange, Router.Match) async throws(ServiceError) -> Void
    ) {
        self.init(rpc: P.rpc, rules: P.rules.map { ($0.method, $0.path) }, serve: serve)
    }
}

extension Procedure {
    fileprivate static func request(
        of exchange: Exchange,
        _ match: Router.Match,
        _ negotiated: Negotiation
    ) async throws(ServiceError) -> Request {
        let head = exchange.head
        let rule = match.rule.map { rules[$0.index] }
        var request = Request()
        if rule?.takesBody ?? true {
            // The empty binary message is the empty body; in JSON there is no such thing.
            guard head.framing != .none || negotiated.message == .proto else {
                throw ServiceError(
                    .invalidArgument,
                    "\(head.path) needs a body, but the request has no Content-Length",
                    status: 411
                )
            }
            let body = try await exchange.wholeBody()
            request = try await RequestDecoder.decodeAnywhere(body, negotiated)
        } else if head.framing != .none {
            _ = try await exchange.wholeBody()
        }
        if let rule, let match = match.rule {
            let query = try QueryString.parse(head.query, known: rule.query)
            try rule.bind(&request, HTTPRuleValues(parameter: match.parameter, query: query, headers: head.headers))
        }
        return request
    }
}

extension Exchange {
    fileprivate func wholeBody() async throws(ServiceError) -> [UInt8] {
        do {
            return try await readBody()
        } catch {
            // The server has answered it already.
            throw ServiceError(.invalidArgument, error.message, status: error.status)
        }
    }

    func respond(with message: some Message, as encoding: MessageEncoding) throws(ServiceError) {
        let body: [UInt8]
        do {
            body = try encoding.encode(message)
        } catch {
            throw ServiceError(.internal, "the answer cannot be encoded: \(error)")
        }
        respond(status: 200, headers: [.contentType: encoding.mediaType], body: body)
    }
}

extension CallInfo {
    fileprivate init(_ exchange: Exchange) throws(ServiceError) {
        self.init(
            loop: exchange.loop,
            caller: exchange.peer,
            timeout: try Negotiation.timeout(exchange.head.headers),
            headers: exchange.head.headers
        )
    }
}

/// Ends a call with `deadline_exceeded` when the caller's time is over.
private func withTimeout<Response: Sendable>(
    _ info: CallInfo,
    _ call: @escaping @Sendable () async throws(ServiceError) -> Response
) async throws(ServiceError) -> Response {
    guard let timeout = info.timeout else { return try await call() }
    let result = await withTaskGroup(of: Result<Response, ServiceError>?.self) { group in
        group.addTask {
            do throws(ServiceError) { return .success(try await call()) } catch { return .failure(error) }
        }
        group.addTask {
            do { try await info.loop.sleep(for: timeout) } catch { return nil }
            return .failure(ServiceError(.deadlineExceeded, "the caller's Connect-Timeout-Ms of \(timeout) ran out"))
        }
        defer { group.cancelAll() }
        return await group.next() ?? nil
    }
    guard let result else { throw ServiceError(.canceled, "the caller left") }
    return try result.get()
}
