import HTTPTypes
import Testing

@testable import ExecutionService

@Suite struct RouterTests {
    private static let id = "aex_01arz3ndek0000000000000000"

    static let found: [(HTTPRequest.Method, path: String, rpc: String, parameter: String?)] = [
        (.post, "/v1/execute", "Execute", ""),
        (.post, "/v1/executions", "create", ""),
        (.get, "/v1/executions/\(id)", "get", id),
        (.head, "/v1/executions/\(id)", "get", id),
        (.delete, "/v1/executions/\(id)", "delete", id),
        (.post, "/v1/executions/\(id):cancel", "cancel", id),
        (.post, "/v1/executions/\(id)%3Acancel", "cancel", id),
        (.get, "/v1/executions/a%20b", "get", "a b"),
        (.get, "/v1/executions/%C3%A9", "get", "é"),
        (.get, "/v1/executions/a+b", "get", "a+b"),
        (.get, "/v1/%65xecutions/x", "get", "x"),
        (.get, "/v1/executions/\(id)/events", "StreamEvents", id),
        (.head, "/v1/executions/\(id)/events", "StreamEvents", id),
        (.get, "/v1/config", "GetConfig", ""),
        (.head, "/v1/config", "GetConfig", ""),
        (.get, "/v1/models", "ListModels", ""),
        (.post, RPC.runner + "/Execute", "Execute", nil),
        (.post, RPC.runner + "/StreamEvents", "StreamEvents", nil),
        (.post, RPC.runner + "/GetConfig", "GetConfig", nil),
        (.post, RPC.runner + "/ListModels", "ListModels", nil),
        (.post, RPC.command + "/create", "create", nil),
        (.post, RPC.command + "/cancel", "cancel", nil),
        (.post, RPC.command + "/delete", "delete", nil),
        (.post, RPC.query + "/get", "get", nil),
        (.post, RPC.query + "/subscribe", "subscribe", nil),
    ]

    @Test(arguments: found)
    func aPathLeadsToItsProcedure(
        row: (method: HTTPRequest.Method, path: String, rpc: String, parameter: String?)
    ) async throws {
        let match = try await Service([]).service.router.match(RequestHeads.head(row.method, row.path))
        #expect(match.endpoint.rpc.hasSuffix("/" + row.rpc))
        #expect(match.rule?.parameter == row.parameter)
    }

    static let refused: [(HTTPRequest.Method, path: String, status: Int, allow: String?)] = [
        (.get, "/v1/execute", 405, "POST"),
        (.head, "/v1/execute", 405, "POST"),
        (.put, "/v1/executions", 405, "GET, HEAD, POST"),
        (.post, "/v1/executions/x", 405, "DELETE, GET, HEAD"),
        (.get, "/v1/executions/x:cancel", 405, "POST"),
        (.delete, "/v1/executions/x:cancel", 405, "POST"),
        (.post, "/v1/executions/x/events", 405, "GET, HEAD"),
        (.post, "/v1/config", 405, "GET, HEAD"),
        (.options, "/v1/models", 405, "GET, HEAD"),
        (.get, RPC.runner + "/Execute", 405, "POST"),
        (.head, RPC.query + "/get", 405, "POST"),
        (.get, "/", 404, nil),
        (.get, "/v1", 404, nil),
        (.get, "/v1/executions/", 404, nil),
        (.post, "/v1/executions/:cancel", 404, nil),
        (.post, "/v1/executions/x:stop", 404, nil),
        (.get, "/v1/executions/a/b", 404, nil),
        (.get, "/v1/executions/a%2Fb", 404, nil),
        (.get, "/v1/executions//events", 404, nil),
        (.get, "/v1/executions/x/events/", 404, nil),
        (.get, "/V1/config", 404, nil),
        (.get, "/v1/config/", 404, nil),
        (.get, "//v1/config", 404, nil),
        (.post, RPC.runner + "/execute", 404, nil),
        (.post, RPC.runner, 404, nil),
        (.get, "/v1/executions/%", 400, nil),
        (.get, "/v1/executions/%4", 400, nil),
        (.get, "/v1/executions/%zz", 400, nil),
        (.get, "/v1/executions/%ff", 400, nil),
    ]

    @Test(arguments: refused)
    func anythingElseIsRefused(
        row: (method: HTTPRequest.Method, path: String, status: Int, allow: String?)
    ) async throws {
        let router = try await Service([]).service.router
        let error = #expect(throws: ServiceError.self) { try router.match(RequestHeads.head(row.method, row.path)) }
        #expect(error?.status == row.status)
        #expect(error?.headers[.allow] == row.allow)
    }
}
