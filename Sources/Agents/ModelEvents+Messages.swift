import Models
import StigmerProtos

extension ModelUsage {
    /// The figures as the wire carries them; those that the provider did not tell are left out.
    var message: TokenUsage {
        .with {
            if let inputTokens { $0.inputTokens = Int32(clamping: inputTokens) }
            if let outputTokens { $0.outputTokens = Int32(clamping: outputTokens) }
            if let cachedInputTokens { $0.cachedInputTokens = Int32(clamping: cachedInputTokens) }
        }
    }
}

extension ModelProgress {
    var message: ExecutionEvent.Progress {
        .with {
            $0.what = what.rawValue
            $0.detail = detail
            if let completed { $0.completed = Double(completed) }
            if let total { $0.total = Double(total) }
        }
    }
}
