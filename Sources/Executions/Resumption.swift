import Failures
import Models
import StigmerProtos

/// How an execution goes on from what the store has of it.
struct Resumption {
    /// What is to be done next.
    enum Next {
        /// The model is asked, for the first time or again.
        case ask
        /// Only the end is missing; nil for a good one.
        case end(ModelFailure?)
    }

    /// The log is empty.
    let isFirstStart: Bool
    let next: Next

    /// - Parameter attempts: how often an execution may be taken up again.
    init(_ stored: StoredExecution, attempts: Int) {
        isFirstStart = stored.events.isEmpty
        if case .messageCompleted(let last) = stored.events.last?.event, last.message.toolCalls.isEmpty {
            // The runner died between a message and the end that follows it.
            next =
                switch last.stopReason {
                case StopReason.cancelled.rawValue:
                    .end(ModelFailure(.canceled, "it was cancelled just before the runner was restarted"))
                case StopReason.error.rawValue:
                    .end(
                        ModelFailure(.unavailable, "the model's answer had failed just before the runner was restarted")
                    )
                default: .end(nil)
                }
        } else if stored.resumptions > attempts {
            next = .end(
                ModelFailure(
                    .aborted,
                    "the runner was stopped \(stored.resumptions) times while it worked on this execution, and does not "
                        + "try again"
                )
            )
        } else {
            next = .ask
        }
    }
}
