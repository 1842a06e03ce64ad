import LineStreams
import Failures
import LLMConfiguration
import WireJSON

extension OllamaProvider {
    /// Downloads the model with `/api/pull`, reporting each new step and each whole percent.
    ///
    /// - Throws: ``ModelFailure`` if the server does not say `success` at the end; whatever `emit` throws.
    func pull(
        _ configuration: EffectiveConfiguration,
        _ exchange: ModelExchange,
        _ emit: (ModelEvent) throws -> Void
    ) async throws -> Bool {
        let model = configuration.model.value
        let endpoint = ModelEndpoint(self, configuration)
        var body = JSONWriter()
        body.object {
            $0.key("model")
            $0.string(model)
            $0.key("stream")
            $0.bool(true)
        }
        var lines = LineDecoder()
        var progress = PullProgress(endpoint)
        try await exchange.stream(post(configuration, "/api/pull", body), self) { bytes in
            do {
                try lines.decode(bytes) { try progress.read($0, emit) }
            } catch let error as LineDecoder.TooLong {
                throw endpoint.tooLong(error)
            }
        }
        try lines.finish { try progress.read($0, emit) }
        guard progress.hasSucceeded else {
            throw ModelFailure(
                .unavailable,
                "\(endpoint.place) ended the download of \"\(model)\" before it was complete: "
                    + "try \"ollama pull \(model)\""
            )
        }
        contexts.forget(contextKey(configuration))
        return true
    }
}

// MARK: - On the wire

/// The lines of a pull: `status`, and for a layer `total` and `completed` in bytes.
private struct PullProgress {
    private let endpoint: ModelEndpoint
    private var last: (status: String, percent: Int)?
    private(set) var hasSucceeded = false

    init(_ endpoint: ModelEndpoint) {
        self.endpoint = endpoint
    }

    mutating func read(_ line: UnsafeRawBufferPointer, _ emit: (ModelEvent) throws -> Void) throws {
        if line.isEmpty { return }
        var status = ""
        var total: Int?
        var completed: Int?
        var error: ProviderError?
        do {
            try JSONReader.read(line) { reader in
                try reader.readObject { key, reader in
                    switch key {
                    case "status": status = try reader.readOptionalString() ?? ""
                    case "total": total = try reader.readOptionalInt()
                    case "completed": completed = try reader.readOptionalInt()
                    case "error": if try !reader.readNullIfPresent() { error = try ProviderError(&reader) }
                    default: break
                    }
                }
            }
        } catch {
            throw endpoint.reading(line, error)
        }
        if let error {
            throw ModelFailure(
                .notFound,
                "\(endpoint.place) cannot pull \"\(endpoint.model)\": \(endpoint.quote(error.message))"
            )
        }
        if status == "success" { hasSucceeded = true }
        let percent = total.flatMap { $0 > 0 ? Int(Double(completed ?? 0) / Double($0) * 100) : nil } ?? -1
        if let last, last == (status, percent) { return }
        last = (status, percent)
        try emit(.progress(ModelProgress(.pulling, endpoint.quote(status), completed: completed, total: total)))
    }
}
