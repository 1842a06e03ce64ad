import DequeModule

/// The executions that ended last, which are still held in memory.
struct EndedExecutions {
    private var entries: Deque<(id: String, size: Int)> = []
    private var size = 0

    /// Adds one.
    ///
    /// - Returns: those that give way.
    mutating func add(_ id: String, size: Int, _ limits: ExecutionLimits) -> [String] {
        entries.append((id, size))
        self.size += size
        var oldest: [String] = []
        while entries.count > limits.heldFinished || self.size > limits.heldBytes, let entry = entries.popFirst() {
            self.size -= entry.size
            oldest.append(entry.id)
        }
        return oldest
    }

    mutating func remove(_ id: String) {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return }
        size -= entries.remove(at: index).size
    }
}
