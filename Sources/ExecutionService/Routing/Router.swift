import HTTPServer
import HTTPTypes

/// All that can be called, found by path and method.
struct Router: Sendable {
    private let byRPC: [String: Endpoint]
    private let rules: [(pattern: PathPattern, method: HTTPRequest.Method, endpoint: Endpoint, index: Int)]

    init(_ endpoints: [Endpoint]) {
        byRPC = Dictionary(endpoints.map { ("/" + $0.rpc, $0) }) { first, _ in first }
        rules = endpoints.flatMap { endpoint in
            endpoint.rules.enumerated().map { index, rule in
                (PathPattern(rule.path), rule.method, endpoint, index)
            }
        }
    }

    /// What a path leads to.
    struct Match: Sendable {
        let endpoint: Endpoint
        /// Which of the endpoint's rules, and the path's parameter; nil for the path for programs.
        let rule: (index: Int, parameter: String)?
    }

    func match(_ head: RequestHead) throws(ServiceError) -> Match {
        let path = try QueryString.percentDecoded(head.path[...])
        if let endpoint = byRPC[path] {
            guard head.method == .post else { throw Router.wrongMethod(head, allowed: ["POST"]) }
            return Match(endpoint: endpoint, rule: nil)
        }
        let method = head.method == .head ? .get : head.method
        var allowed: [String] = []
        for rule in rules {
            guard let parameter = rule.pattern.match(path) else { continue }
            if rule.method == method { return Match(endpoint: rule.endpoint, rule: (rule.index, String(parameter))) }
            allowed.append(rule.method.rawValue)
        }
        guard allowed.isEmpty else { throw Router.wrongMethod(head, allowed: allowed) }
        throw ServiceError(
            .notFound,
            "nothing is served at \(path.debugDescription): GET /v1/config is, and POST /v1/execute"
        )
    }

    static func wrongMethod(_ head: RequestHead, allowed: [String]) -> ServiceError {
        var names = Set(allowed)
        if names.contains("GET") { names.insert("HEAD") }
        let list = names.sorted().joined(separator: ", ")
        return ServiceError(
            .unimplemented,
            "\(head.path) does not take \(head.method.rawValue): use \(list)",
            status: 405,
            headers: [.allow: list]
        )
    }
}

/// A procedure with its type put away: what the router holds.
struct Endpoint: Sendable {
    let rpc: String
    let rules: [(method: HTTPRequest.Method, path: String)]
    /// Answers the exchange.
    let serve: @Sendable (Exchange, Router.Match) async throws(ServiceError) -> Void
}
