/// Executions in the order of their creation, any of which can be removed at little cost.
struct CreationOrder {
    private var slots: [(place: Int64, kept: KeptExecution?)] = []
    private var gaps = 0

    /// Adds the latest, whose place is behind all others.
    mutating func append(_ kept: KeptExecution) { slots.append((kept.place, kept)) }

    /// Removes one that is here. Leaves a gap; when most are gaps, they are closed.
    mutating func remove(_ kept: KeptExecution) {
        var (low, high) = (0, slots.count)
        while low < high {
            let middle = (low + high) / 2
            if slots[middle].place < kept.place { low = middle + 1 } else { high = middle }
        }
        slots[low].kept = nil
        gaps += 1
        if gaps > 64 && gaps > slots.count / 2 {
            slots.removeAll { $0.kept == nil }
            gaps = 0
        }
    }
}

extension CreationOrder: Sequence {
    /// Oldest first.
    func makeIterator() -> some IteratorProtocol<KeptExecution> { slots.lazy.compactMap(\.kept).makeIterator() }

    /// Latest first.
    func reversed() -> some Sequence<KeptExecution> { slots.reversed().lazy.compactMap(\.kept) }
}
