import WireJSON

/// What carries messages to a server and back.
///
/// Calls may come from any thread; events come on the transport's loop, one after the other.
protocol Transport: AnyObject, Sendable {
    /// Makes it ready to send. Events go to `receive` until `.ended`, which comes at most once and is the last.
    func open(_ receive: @escaping @Sendable (TransportEvent) -> Void) async throws(MCPFailure)
    /// Sends a message. With an id it is a request, whose answer is awaited until ``abandon(_:)``.
    func send(_ message: [UInt8], id: Int?)
    /// The answer to a request is not wanted any more.
    func abandon(_ id: Int)
    /// The server has chosen a version.
    func agreed(on version: ProtocolVersion)
    /// Ends it, and with it every process and connection, within a second; safe to call more than once.
    func close() async
}

/// What a transport tells.
enum TransportEvent: Sendable {
    /// Something that is JSON came in.
    case message(JSONValue)
    /// Something that is no JSON came in.
    case garbage(String)
    /// A request will not be answered.
    case failed(id: Int, MCPFailure)
    /// Nothing more will come.
    case ended(MCPFailure)
}
