/// Something that reads bytes from outside, and what must hold whatever the bytes are.
struct FuzzTarget: Sendable, CustomStringConvertible {
    /// What must not be.
    struct Finding: Error, CustomStringConvertible {
        /// What was expected and what was there.
        let description: String

        init(_ description: String) { self.description = description }
    }

    /// Its name, and that of its folder in `Corpora`.
    let name: String
    /// Reads the input in every way there is and compares.
    ///
    /// - Throws: ``Finding``. Traps and hangs are for the caller to notice.
    let check: @Sendable ([UInt8]) throws(Finding) -> Void

    var description: String { name }

    /// Everything that is fuzzed.
    static let all: [FuzzTarget] = [
        .requestHead, .chunkedBody, .json, .lines, .serverSentEvents, .ollama, .openAI, .anthropic, .request, .event,
        .modelName, .baseURL, .cursor, .listenAddress, .queryString, .retryAfter,
    ]
}
