import HTTPTypes

/// One path for people: how an HTTP request becomes a procedure's request.
struct HTTPRule<Request>: Sendable {
    let method: HTTPRequest.Method
    let path: String
    /// Whether the body is the request; else it is built from the path and the query alone.
    let takesBody: Bool
    /// Query parameters that are known here; any other is refused by name.
    let query: Set<String>
    /// Puts the path's parameter and the query into the request.
    let bind: @Sendable (inout Request, HTTPRuleValues) throws(ServiceError) -> Void

    init(
        _ method: HTTPRequest.Method,
        _ path: String,
        takesBody: Bool = false,
        query: Set<String> = [],
        bind: @escaping @Sendable (inout Request, HTTPRuleValues) throws(ServiceError) -> Void = { _, _ in }
    ) {
        self.method = method
        self.path = path
        self.takesBody = takesBody
        self.query = query
        self.bind = bind
    }
}

/// What a request's path, query and header say.
struct HTTPRuleValues {
    let parameter: String
    let query: [String: String]
    let headers: HTTPFields

    /// A number in the query; nil if it is not given or blank.
    func int(_ name: String) throws(ServiceError) -> Int32? {
        guard let text = query[name], !text.isEmpty else { return nil }
        guard let number = Int32(text) else {
            throw .invalid("the query parameter \(name) is not a whole number: \(text.debugDescription)")
        }
        return number
    }
}
