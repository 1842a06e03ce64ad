import Failures
import StigmerProtos

/// Why an execution was stopped before its end.
public enum CancelReason: Sendable, Equatable {
    /// By the cancel call.
    case requested
    /// The attached caller closed its connection.
    case callerLeft
    /// The caller's own deadline passed.
    case callerDeadline(Duration)
    /// The execution took longer than any may.
    case timeLimit(Duration)
    /// The model's message grew beyond what is kept.
    case messageTooLong(Int)
    /// Another execution of its session came with `on_busy: interrupt`.
    case interrupted(by: String)
    /// Its log could not be written for long.
    case storeFailed(String)
    /// The runner is going down.
    case shutdown
    /// The execution was deleted.
    case deleted

    var phase: ExecutionPhase {
        switch self {
        case .timeLimit, .messageTooLong, .storeFailed: .executionFailed
        default: .executionCancelled
        }
    }

    var code: FailureCode {
        switch self {
        case .timeLimit, .callerDeadline: .deadlineExceeded
        case .messageTooLong: .resourceExhausted
        case .storeFailed: .unavailable
        default: .canceled
        }
    }

    var message: String {
        switch self {
        case .requested: "cancelled by request"
        case .callerLeft: "cancelled because the caller left"
        case .callerDeadline(let time): "cancelled because the caller's time limit of \(time) ran out"
        case .timeLimit(let time): "an execution may take \(time) in all, and this one took longer"
        case .messageTooLong(let limit): "a message of a model may have \(limit) bytes, and this one has more"
        case .interrupted(let other): "cancelled because \(other) interrupts the session"
        case .storeFailed(let message): "ended because what happens could not be stored: \(message)"
        case .shutdown: "cancelled because the runner is shutting down"
        case .deleted: "cancelled because the execution was deleted"
        }
    }
}
