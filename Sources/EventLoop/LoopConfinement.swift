/// A value that belongs to a loop, carried through code that does not.
///
/// `@unchecked Sendable`: the value can be reached only on its loop, which `value` asserts.
public struct LoopBound<Value>: @unchecked Sendable {
    /// The loop that the value belongs to.
    public let loop: EventLoop
    private let stored: Value

    /// Ties a value to a loop.
    public init(_ value: Value, on loop: EventLoop) {
        stored = value
        self.loop = loop
    }

    /// The value; on its loop only.
    public var value: Value {
        loop.preconditionCurrent()
        return stored
    }
}

/// A block that Dispatch runs for a loop.
///
/// `@unchecked Sendable`: made before or on the loop and run in blocks of the loop's serial queue only.
struct LoopBlock: @unchecked Sendable {
    let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }
}

/// A variable of the loop's queue.
///
/// `@unchecked Sendable`: set before the loop starts or in blocks of the loop's serial queue only.
final class LoopCell<Value>: @unchecked Sendable {
    var value: Value

    init(_ value: Value) { self.value = value }
}
