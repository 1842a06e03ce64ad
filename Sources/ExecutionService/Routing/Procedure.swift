import EventLoop
import HTTPTypes
import SwiftProtobuf

/// One call that callers can make: its name for programs, its paths for people, and what it does.
protocol Procedure: Sendable {
    associatedtype Request: Message & Sendable
    /// `package.Service/method`, as Connect and gRPC name it.
    static var rpc: String { get }
    /// The paths for people.
    static var rules: [HTTPRule<Request>] { get }
}

/// A procedure with one answer.
protocol UnaryProcedure: Procedure {
    associatedtype Response: Message & Sendable
    func call(_ request: Request, _ info: CallInfo) async throws(ServiceError) -> Response
}

/// A procedure whose answer streams.
protocol StreamingProcedure: Procedure {
    /// Errors thrown before `stream.begin` are the response, later ones its end.
    func call(_ request: Request, _ info: CallInfo, _ stream: ResponseStream) async throws(ServiceError)
}

/// What a procedure may want to know about a call besides its request.
struct CallInfo: Sendable {
    /// The loop of the caller's connection.
    let loop: EventLoop
    /// The caller's address.
    let caller: String
    /// How long the caller wants to wait; nil for as long as it takes.
    let timeout: Duration?
    /// The request's header fields.
    let headers: HTTPFields
}
