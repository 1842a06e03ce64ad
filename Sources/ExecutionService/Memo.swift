import Synchronization

/// Remembers the results of a function that gives the same for the same every time. At its limit it begins anew.
final class Memo<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let capacity: Int
    private let known = Mutex<[Key: Value]>([:])

    init(capacity: Int) {
        self.capacity = capacity
    }

    subscript(key: Key) -> Value? {
        get { known.withLock { $0[key] } }
        set {
            known.withLock { known in
                if known.count >= capacity { known.removeAll(keepingCapacity: true) }
                known[key] = newValue
            }
        }
    }
}
