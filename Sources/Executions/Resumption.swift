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
    /// A message may have been under way, of which subscribers have seen pieces: it must be called void.
    let voidsMessage: Bool
    let next: Next
    /// Tool calls that had begun: nobody knows whether they took effect, and the model is told so.
    let unknownOutcomes: [ToolCall]

    /// - Parameter attempts: how often an execution may be taken up again.
    init(_ stored: StoredExecution, attempts: Int) {
        isFirstStart = stored.events.isEmpty
        voidsMessage = stored.mayHaveMessageUnderWay
        unknownOutcomes = stored.callsUnderWay.map { call in
            var call = call
            call.status = .toolCallFailed
            call.error =
                "the outcome is unknown: the runner was restarted while the tool was at work, which may have done all, "
                + "some or none of it"
            return call
        }
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

extension StoredExecution {
    /// Whether pieces of a message may have been seen that the log has not.
    var mayHaveMessageUnderWay: Bool {
        switch events.last?.event {
        case nil, .finished: false
        case .messageCompleted(let completed): !completed.message.toolCalls.isEmpty
        default: true
        }
    }

    /// The tool calls that have begun and not ended, in the order of their beginning.
    var callsUnderWay: [ToolCall] {
        var calls: [ToolCall] = []
        for event in events {
            switch event.event {
            case .toolCallStarted(let started): calls.append(started.toolCall)
            case .toolCallCompleted(let completed): calls.removeAll { $0.id == completed.toolCall.id }
            default: break
            }
        }
        return calls
    }
}
