import Synchronization

/// The idempotency keys of requests that are being started or worked on; the store knows those of the past.
final class IdempotencyKeys: Sendable {
    fileprivate enum Entry {
        /// Somebody finds out whether the store knows it, and starts an execution if not.
        case claimed(waiting: [UnsafeContinuation<Void, Never>])
        case held(KeyedExecution)
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// Finds what a key led to; who gets nil has the key and must `settle` it.
    func claim(
        _ key: String,
        known: () async throws(StoreError) -> KeyedExecution?
    ) async throws(StoreError) -> KeyedExecution? {
        while true {
            switch entries.withLock({ $0[key] }) {
            case .held(let keyed): return keyed
            case .claimed: await settled(key)
            case nil:
                guard entries.withLock({ $0.claim(key) }) else { continue }
                do throws(StoreError) {
                    guard let keyed = try await known() else { return nil }
                    settle(key, nil)
                    return keyed
                } catch {
                    settle(key, nil)
                    throw error
                }
            }
        }
    }

    /// Says what became of a key that was claimed; nil gives it back.
    func settle(_ key: String, _ keyed: KeyedExecution?) {
        let waiting = entries.withLock { entries -> [UnsafeContinuation<Void, Never>] in
            guard case .claimed(let waiting) = entries[key] else { return [] }
            entries[key] = keyed.map { .held($0) }
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// The execution has ended: the store has its key.
    func drop(_ key: String, of id: String) {
        entries.withLock { entries in
            if case .held(let keyed) = entries[key], keyed.id == id { entries[key] = nil }
        }
    }

    private func settled(_ key: String) async {
        await withUnsafeContinuation { continuation in
            let isSettled = entries.withLock { entries in
                guard case .claimed(let waiting) = entries[key] else { return true }
                entries[key] = .claimed(waiting: waiting + [continuation])
                return false
            }
            if isSettled { continuation.resume() }
        }
    }
}

extension [String: IdempotencyKeys.Entry] {
    /// - Returns: whether nobody had it.
    fileprivate mutating func claim(_ key: String) -> Bool {
        guard self[key] == nil else { return false }
        self[key] = .claimed(waiting: [])
        return true
    }
}
