import StigmerProtos

/// What a ``MemoryStore`` keeps.
struct KeptExecutions {
    private var keys: [ExactText: KeyedExecution] = [:]
    private var executions: [String: KeptExecution] = [:]
    private var order = CreationOrder()
    private var places: Int64 = 0
    private var bytes = 0
    private var ended = 0
    /// How many have ever begun.
    private var begun: Int64 = 0
    private let maxBytes: Int
    private let maxFinished: Int

    init(maxBytes: Int, maxFinished: Int) {
        self.maxBytes = maxBytes
        self.maxFinished = maxFinished
    }

    // MARK: Changes

    /// Makes the changes, or none of them if one does not fit.
    mutating func commit(_ changes: [StoreChange]) -> StoreError? {
        if let fault = fault(in: changes) { return fault }
        for change in changes { apply(change) }
        if ended > 0 && (bytes > maxBytes || ended > maxFinished) { dropOldest() }
        return nil
    }

    private func fault(in changes: [StoreChange]) -> StoreError? {
        /// The logs' ends as the changes before leave them; nil where there is no execution.
        var ends: [String: LogEnd?] = [:]
        for change in changes {
            let id = change.id
            var end = ends[id] ?? executions[id]?.end
            switch change {
            case .created:
                if end != nil { return .duplicate(id) }
                end = LogEnd()
            case .recorded(let event, let number, _):
                guard let fault = end?.fault(number, of: id) ?? (end == nil ? .unknown(id) : nil) else {
                    end?.advance(behind: event)
                    break
                }
                return fault
            case .resumed:
                if end == nil { return .unknown(id) }
            case .deleted:
                end = nil
            }
            if changes.count > 1 { ends[id] = .some(end) }
        }
        return nil
    }

    private mutating func apply(_ change: StoreChange) {
        switch change {
        case .created(let new):
            places += 1
            let kept = KeptExecution(new, place: places)
            executions[new.id] = kept
            order.append(kept)
            bytes += kept.bytes
            if let key = new.key {
                keys[ExactText(key.value)] = KeyedExecution(
                    id: new.id,
                    fingerprint: key.fingerprint,
                    createdAt: new.createdAt
                )
            }
        case .recorded(let event, _, let id):
            guard let kept = executions[id] else { return }
            if kept.began == 0 {
                begun += 1
                kept.began = begun
            }
            bytes += kept.append(event)
            if kept.end.phase.isEnd { ended += 1 }
        case .resumed(let id):
            executions[id]?.stored.resumptions += 1
        case .deleted(let id):
            guard let kept = executions.removeValue(forKey: id) else { return }
            order.remove(kept)
            bytes -= kept.bytes
            if kept.end.phase.isEnd { ended -= 1 }
            if let key = kept.key, keys[key]?.id == id { keys[key] = nil }
        }
    }

    /// Drops more than it must, so that there is a while until the next time.
    private mutating func dropOldest() {
        let (bytesLeft, endedLeft) = (maxBytes - maxBytes / 8, maxFinished - maxFinished / 8)
        for kept in Array(order) where kept.end.phase.isEnd {
            guard bytes > bytesLeft || ended > endedLeft else { return }
            apply(.deleted(kept.stored.id))
        }
    }

    mutating func expire(before time: Int64, keeping count: Int, keysBefore: Int64, limit: Int) -> Int {
        for (key, keyed) in keys where keyed.createdAt < keysBefore { keys[key] = nil }
        let tooMany = ended - max(0, count)
        let expired = order.lazy.filter(\.end.phase.isEnd).enumerated()
            .filter { index, kept in index < tooMany || kept.stored.createdAt < time }
            .prefix(max(0, limit)).map(\.element.stored.id)
        for id in expired { apply(.deleted(id)) }
        return expired.count
    }

    // MARK: Questions

    func execution(_ id: String) -> StoredExecution? { executions[id]?.stored }

    func execution(withKey key: String) -> KeyedExecution? { keys[ExactText(key)] }

    func unfinished() -> [String] {
        order.filter { !$0.end.phase.isEnd }.map(\.stored.id)
    }

    func session(_ session: String, bytes: Int) -> [StoredExecution] {
        let ended = order.filter { $0.end.phase.isEnd && $0.isOf(session) }.sorted { $0.began > $1.began }
        var found: [StoredExecution] = []
        var size = 0
        for kept in ended {
            size += kept.bytes
            if size > bytes && !found.isEmpty { break }
            found.append(kept.stored)
        }
        return found.reversed()
    }

    func page(_ query: ExecutionQuery) -> ExecutionPage {
        let all = order.reversed().filter(query.takes)
        var page = ExecutionPage(entries: [], next: nil, total: all.count)
        var size = 0
        for kept in all where kept.place < query.before ?? .max {
            size += kept.bytes
            if page.entries.count == query.limit || (size > query.bytes && !page.entries.isEmpty) { return page }
            page.entries.append(kept.stored)
            page.next = kept.place
        }
        page.next = nil
        return page
    }
}

/// One of them; changed in place.
final class KeptExecution {
    var stored: StoredExecution
    let place: Int64
    let key: ExactText?
    private(set) var end = LogEnd()
    private(set) var bytes: Int
    /// Its place in the order of the beginnings; 0 before.
    var began: Int64 = 0

    init(_ new: NewExecution, place: Int64) {
        stored = StoredExecution(request: new.request, createdAt: new.createdAt)
        self.place = place
        key = (new.key?.value).map(ExactText.init)
        bytes = new.request.spec.message.utf8.count + 1024
    }

    /// - Returns: by how many bytes it has grown.
    func append(_ event: ExecutionEvent) -> Int {
        stored.events.append(event)
        end.advance(behind: event)
        bytes += event.assumedSize
        return event.assumedSize
    }

    func isOf(_ session: String) -> Bool { stored.request.spec.sessionID.utf8.elementsEqual(session.utf8) }
}

/// A caller's word, which is another if one byte is: Swift's own comparison knows two spellings of one letter.
struct ExactText: Hashable {
    private let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }
}

extension ExecutionQuery {
    fileprivate func takes(_ kept: KeptExecution) -> Bool {
        (phase == .unspecified || kept.end.phase == phase)
            && (session.isEmpty || kept.isOf(session))
            && tags.allSatisfy { tag in
                kept.stored.request.metadata.tags.contains { $0.utf8.elementsEqual(tag.utf8) }
            }
    }
}

extension StoreChange {
    /// The execution that it changes.
    fileprivate var id: String {
        switch self {
        case .created(let new): new.id
        case .recorded(_, _, let id), .resumed(let id), .deleted(let id): id
        }
    }
}

extension ExecutionEvent {
    /// About how many bytes the event takes on the wire and in a store.
    public var assumedSize: Int {
        guard case .messageCompleted(let completed) = event else { return 1024 }
        return 1024 + completed.message.content.utf8.count + completed.reasoning.utf8.count
    }
}
