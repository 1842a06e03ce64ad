/// One thing that a ``ScriptedUpstream`` does in answer to a request.
public enum ScriptedStep: Sendable {
    /// Sends the head of a response whose body is chunked; the chunks follow.
    case respond(Int, [String: String])
    /// Sends a whole response with a `Content-Length`.
    case answer(Int, [String: String], String)
    /// Sends one chunk of the body.
    case chunk([UInt8])
    /// Sends bytes as they are.
    case raw([UInt8])
    /// Waits until the test opens the gate.
    case wait(Gate)
    /// Ends the chunked body. A script that just stops does the same.
    case end
    /// Closes the connection, whatever state the response is in.
    case close
    /// Resets the connection (RST).
    case reset
    /// Says nothing until the peer closes or the upstream is stopped.
    case hang

    /// Sends one chunk of text.
    public static func chunk(_ text: String) -> ScriptedStep { .chunk(Array(text.utf8)) }

    /// Sends text as it is.
    public static func raw(_ text: String) -> ScriptedStep { .raw(Array(text.utf8)) }

    /// Sends the head of a chunked response with a content type.
    public static func respond(_ status: Int = 200, contentType: String) -> ScriptedStep {
        .respond(status, ["Content-Type": contentType])
    }
}
