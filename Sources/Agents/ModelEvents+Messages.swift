import Models
import StigmerProtos

extension ModelUsage {
    /// The figures as the wire carries them. Most providers say nothing of a cache that held nothing.
    var message: TokenUsage {
        .with {
            $0.inputTokens = Int32(clamping: inputTokens)
            $0.outputTokens = Int32(clamping: outputTokens)
            if cachedInputTokens > 0 { $0.cachedInputTokens = Int32(clamping: cachedInputTokens) }
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
