/// Turns the body of a provider's streamed response into events, in whatever pieces it comes.
///
/// A decoder belongs to one response.
public protocol ModelStreamDecoder {
    /// How many pieces of the answer have come, those included that are still being gathered (a tool's arguments).
    ///
    /// The clock between tokens runs from one piece to the next, so that a provider's pings do not wind it up.
    var pieces: Int { get }
    /// Whether the provider has said that the answer is complete. Nothing that follows is read.
    var isComplete: Bool { get }
    /// Whether the answer is complete, but something about it may follow. That is waited for only a little; a body that
    /// does not end by then counts as ended.
    var mayEnd: Bool { get }

    /// Decodes what has come and hands each event to `emit`, in order.
    ///
    /// - Throws: ``ModelFailure`` for an error that the provider reports, and for what cannot be understood;
    ///   whatever `emit` throws.
    mutating func decode(_ bytes: UnsafeRawBufferPointer, _ emit: (ModelEvent) throws -> Void) throws

    /// Says that the body has ended, cleanly as far as HTTP can tell.
    ///
    /// - Throws: ``ModelFailure`` unless the provider has said that the answer is complete; whatever `emit` throws.
    mutating func finish(_ emit: (ModelEvent) throws -> Void) throws
}

extension ModelStreamDecoder {
    /// Nothing follows the end, as with most APIs.
    public var mayEnd: Bool { false }
}
