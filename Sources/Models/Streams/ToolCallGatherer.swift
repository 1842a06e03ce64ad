/// Puts tool calls together that come in pieces, by their index.
struct ToolCallGatherer {
    /// A piece of a call.
    struct Piece {
        var index: Int
        var id: String?
        var name: String?
        var arguments = ""
    }

    /// How many bytes of arguments a message's calls may have together.
    static let maximumBytes = 4 << 20
    /// How many calls a message may have.
    static let maximumCalls = 128

    private var calls: [(index: Int, call: ModelToolCall)] = []
    private var bytes = 0

    /// Adds a piece; false if there is more than can be held.
    mutating func add(_ piece: Piece) -> Bool {
        bytes += piece.arguments.utf8.count
        guard bytes <= Self.maximumBytes else { return false }
        if let place = calls.firstIndex(where: { $0.index == piece.index }) {
            if let id = piece.id, !id.isEmpty { calls[place].call.id = id }
            if let name = piece.name, calls[place].call.name.isEmpty { calls[place].call.name = name }
            calls[place].call.arguments += piece.arguments
            return true
        }
        guard calls.count < Self.maximumCalls else { return false }
        let id = piece.id ?? "call_\(piece.index)"
        calls.append((piece.index, ModelToolCall(id: id, name: piece.name ?? "", arguments: piece.arguments)))
        return true
    }

    /// Takes the call with that index out, complete.
    mutating func take(index: Int) -> ModelToolCall? {
        guard let place = calls.firstIndex(where: { $0.index == index }) else { return nil }
        return Self.completed(calls.remove(at: place).call)
    }

    /// Takes all calls out, complete, in the order in which they began.
    mutating func take() -> [ModelToolCall] {
        defer { calls = [] }
        return calls.map { Self.completed($0.call) }
    }

    /// A tool without arguments may have been sent none; the text of an object is what everybody expects.
    private static func completed(_ call: ModelToolCall) -> ModelToolCall {
        var call = call
        if call.arguments.isEmpty { call.arguments = "{}" }
        return call
    }
}
