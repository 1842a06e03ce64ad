import Synchronization

/// What is known of models' contexts at Ollama servers: how long they may be, and how long they have been made.
///
/// A `num_ctx` never shrinks while it is remembered, since Ollama loads the model again when it changes.
final class OllamaContexts: Sendable {
    /// A model at a server.
    struct Key: Hashable {
        let baseURL: String
        let model: String
    }

    private struct Entry {
        /// The model's own context length; nil if the server does not say.
        var length: Int?
        var fitted = 0
        var lastUse = 0
    }

    /// How many models are remembered.
    static let capacity = 64
    /// The smallest `num_ctx` that is sent.
    static let minimum = 4096
    /// What is left for an answer whose length nobody limits, in tokens.
    static let answerReserve = 2048

    private struct State {
        var entries: [Key: Entry] = [:]
        var uses = 0
    }

    private let state = Mutex(State())

    /// What the server said; nil if it has not been asked.
    func length(of key: Key) -> Int?? {
        state.withLock { state in state.entries[key].map(\.length) }
    }

    /// Remembers what the server said; what was used longest ago gives way.
    func remember(_ length: Int?, for key: Key) {
        state.withLock { state in
            if state.entries[key] == nil, state.entries.count >= Self.capacity {
                let oldest = state.entries.min { $0.value.lastUse < $1.value.lastUse }
                if let oldest { state.entries[oldest.key] = nil }
            }
            state.uses += 1
            state.entries[key, default: Entry()].length = length
            state.entries[key]?.lastUse = state.uses
        }
    }

    /// Forgets a model, which may have been changed or removed.
    func forget(_ key: Key) {
        state.withLock { $0.entries[key] = nil }
    }

    /// The `num_ctx` that holds so many tokens: a power of two, at least what was sent before, at most the model's own.
    func fit(_ tokens: Int, for key: Key) -> Int {
        state.withLock { state in
            state.uses += 1
            let index = state.entries.index(forKey: key)
            let known = index.map { state.entries.values[$0] }
            var context = max(Self.minimum, known?.fitted ?? 0)
            while context < tokens { context *= 2 }
            if let length = known?.length { context = min(context, length) }
            if let index {
                state.entries.values[index].fitted = context
                state.entries.values[index].lastUse = state.uses
            }
            return context
        }
    }

    /// How many tokens a conversation has, rather too many than too few: a cut prompt is worse than a larger context.
    ///
    /// English and code have three to four bytes a token, Chinese about three; the template adds a few a message.
    static func estimate(_ request: ModelRequest) -> Int {
        let tools = request.tools.reduce(0) { $0 + ($1.description.utf8.count + $1.parameters.count + 2) / 3 }
        return request.messages.reduce(16 + tools) { sum, message in
            let bytes =
                message.text.utf8.count
                + message.reasoning.reduce(0) { $0 + $1.text.utf8.count }
                + message.toolCalls.reduce(0) { $0 + $1.name.utf8.count + $1.arguments.utf8.count }
            return sum + 8 + (bytes + 2) / 3
        }
    }
}
